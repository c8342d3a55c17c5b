# The only commands to know. `make up` needs Python 3.11+ and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
STAMPS := $(VENV)/.stamps
ASSET_SOURCES := $(shell find static/css static/js static/build templates -type f -not -path '*/generated/*' 2>/dev/null) \
	$(shell find catalog provisioning portal -name '*.py' -o -name 'blueprint.yaml' 2>/dev/null)
export KUBEBUILDER_ASSETS ?= $(shell test -x .test-data/kubernetes/kube-apiserver && echo $(CURDIR)/.test-data/kubernetes)

.PHONY: up test check bench assets lock help kubernetes

up: $(STAMPS)/runtime $(STAMPS)/assets ## Start the portal
	@exec $(BIN)/python manage.py up

help: ## Show these targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Cairn needs Python 3.11 or later.")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv && touch $@

$(STAMPS)/runtime: requirements.lock | $(STAMPS)/venv
	@test -e $(STAMPS)/dev || (echo "Installing what the portal needs…"; $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock)
	@touch $@

$(STAMPS)/dev: requirements.lock requirements-dev.lock | $(STAMPS)/venv
	@echo "Installing what the portal and its tests need…"
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@ $(STAMPS)/runtime

# Node from the machine when it is new enough, else from its wheels.
$(STAMPS)/node: package-lock.json package.json .npmrc requirements-node.lock | $(STAMPS)/runtime
	@PATH="$(CURDIR)/$(BIN):$$PATH"; \
	node -e 'process.exit(+process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null && npm --version >/dev/null 2>&1 \
		|| (echo "Installing Node…"; $(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-node.lock)
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --no-audit --no-fund
	@touch $@

$(STAMPS)/assets: $(ASSET_SOURCES) vite.config.ts $(STAMPS)/node
	@echo "Building the pages' assets…"
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent build >$(STAMPS)/assets.log 2>&1 || (cat $(STAMPS)/assets.log; exit 1)
	@$(BIN)/python manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@

# Backstage's own client and API document, which the tests ask beside ours.
$(STAMPS)/backstage: tests/backstage/package-lock.json tests/backstage/fetch.sh | $(STAMPS)/node
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh tests/backstage/fetch.sh
	@touch $@

assets: $(STAMPS)/assets ## Build CSS, JavaScript and icons

check: $(STAMPS)/dev $(STAMPS)/node ## Lint, types, the ladder, migrations, locks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports --no-cache
	git ls-files '*.html' | xargs $(BIN)/djade --target-version 5.2 --check
	PATH="$(CURDIR)/$(BIN):$$PATH" npx --no-install biome check static tests/js tests/backstage
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run
	sh tests/architecture/locks_are_fresh.sh $(UV)

test: $(STAMPS)/dev $(STAMPS)/assets $(STAMPS)/backstage ## Run every test, browser included
	@sh tests/prepare.sh
	PATH="$(CURDIR)/$(BIN):$$PATH" npm test --silent
	@KUBEBUILDER_ASSETS="$${KUBEBUILDER_ASSETS:-$$(sh tests/kubernetes_assets.sh)}" sh tests/run.sh $(BIN)/python

bench: $(STAMPS)/dev $(STAMPS)/assets ## Run the benchmarks
	@for file in benchmarks/bench_*.py; do echo "== $$file"; DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python $$file; done

lock: | $(STAMPS)/venv ## Compile the locks anew
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --custom-compile-command 'make lock' pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --custom-compile-command 'make lock' pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --custom-compile-command 'make lock' --group node -o requirements-node.lock
	PATH="$(CURDIR)/$(BIN):$$PATH" npm install --package-lock-only --silent

kubernetes: ## Build a Kubernetes control plane where Go is
	@command -v go >/dev/null || { echo "Go is needed: a Kubernetes control plane is built from Go modules."; exit 1; }
	@mkdir -p .test-data/kubernetes
	cd kubernetes && go build -trimpath -o ../.test-data/kubernetes/kube-apiserver .
	@ln -sf kube-apiserver .test-data/kubernetes/etcd && ln -sf kube-apiserver .test-data/kubernetes/kube-controller-manager
