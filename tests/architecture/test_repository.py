"""What must hold of the repository as a whole."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
APPS = (
    "accounts",
    "audit",
    "catalog",
    "common",
    "golden_paths",
    "integrations",
    "metrics",
    "portal",
    "provisioning",
    "runs",
)


def tracked(*patterns: str) -> list[Path]:
    """Files that git knows and that exist."""
    out = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in out.splitlines() if (ROOT / name).is_file()]


def test_no_template_has_an_inline_script_style_or_handler() -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)
    found = [path.name for path in tracked("templates/**/*.html") if inline.search(path.read_text())]
    assert found == []


def test_no_module_has_more_than_400_lines() -> None:
    long = {path.name: count for path in tracked("*.py") if (count := path.read_text().count("\n")) > 400}
    assert {name: count for name, count in long.items() if not name.startswith("test_")} == {}


def test_every_app_says_what_it_is_for() -> None:
    assert [app for app in APPS if not (ROOT / app / "README.md").is_file()] == []


def is_empty(app: str) -> bool:
    """Whether an app has its place and nothing in it yet."""
    return all(path.name in {"README.md", "__init__.py", "apps.py"} for path in tracked(f"{app}/**"))


@pytest.mark.parametrize("app", [app for app in APPS if not is_empty(app)])
def test_an_app_names_its_nouns_its_doors_what_is_pure_and_what_is_outside(app: str) -> None:
    text = (ROOT / app / "README.md").read_text()
    assert text.startswith(f"# {app}\n\n")
    assert re.findall(r"^- \*\*(\w+)\*\*:", text, re.MULTILINE) == ["Nouns", "Doors", "Pure", "Outside"]
    assert len(text.splitlines()) <= 50, "it fits on a screen"


@pytest.mark.parametrize("app", [app for app in APPS if not is_empty(app)])
def test_the_doors_that_an_app_names_are_there(app: str) -> None:
    text = (ROOT / app / "README.md").read_text()
    doors = text[text.index("- **Doors**") : text.index("- **Pure**")]
    named = [name.split(".")[-1] for name in re.findall(r"`([A-Za-z_.]+)(?:\(.*?\))?`", doors, re.DOTALL)]
    sources = {path: path.read_text() for path in tracked(f"{app}/**.py", "manage.py")}
    known = {name for source in sources.values() for name in re.findall(r"(?:def|class) (\w+)", source)}
    known |= {path.stem for path in sources}
    assert [name for name in named if name not in known] == []


#: Larger than a file should be. The list only shrinks: whoever makes one smaller takes it out.
LARGE: set[str] = set()


def test_product_files_have_at_most_300_lines_but_for_a_list_that_shrinks() -> None:
    product = {str(path.relative_to(ROOT)): path for path in tracked("*.py") if not is_aside(path)}
    assert {name for name, path in product.items() if path.read_text().count("\n") > 300} == LARGE


def is_aside(path: Path) -> bool:
    """Whether a file is not part of what people run: tests, benchmarks, and migrations, which are written by Django."""
    return bool({"tests", "benchmarks", "migrations"} & set(path.relative_to(ROOT).parts))


def test_product_code_promises_nothing_for_later() -> None:
    later = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
    patterns = ("*.py", "*.js", "*.ts", "*.css", "*.html", "*.yaml", "*.tf", "*.sh", "*.md", "Makefile", "Dockerfile")
    found = [path.name for path in tracked(*patterns) if not is_aside(path) and later.search(path.read_text())]
    assert found == []


def test_no_file_names_a_folder_of_somebody_s_machine() -> None:
    # What Cairn itself keeps in /tmp is its own; an address such as example.com/home/ is no folder.
    folder = re.compile(r"(?<![\w.-])(?:/(?:work|home|root|Users)/\w|/tmp/(?!cairn\b)\w|/var/folders/)")
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked()
        if path.suffix not in {".png", ".svg"} and path.name != "test_repository.py"
        if (match := folder.search(path.read_text("utf-8", "replace")))
    ]
    assert found == []


def test_every_setting_is_documented() -> None:
    read = re.compile(r'"((?:CAIRN_[A-Z_]+[A-Z])|DATABASE_URL|REDIS_URL)"')
    names = {name for path in tracked("portal/**/*.py", "portal/*.py") for name in read.findall(path.read_text())}
    documented = (ROOT / "docs/settings.md").read_text()
    assert sorted(name for name in names if name not in documented) == []


def test_nothing_names_a_package_index() -> None:
    hosts = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|proxy\.golang\.org|deb\.debian\.org")
    found = [
        path.name
        for path in tracked()
        if path.suffix not in {".png", ".svg"} and hosts.search(path.read_text("utf-8", "replace"))
    ]
    assert [name for name in found if name != "test_repository.py"] == []


@pytest.fixture
def compose() -> dict[str, object]:
    """The Compose file as it is read."""
    loaded: dict[str, object] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
    return loaded


def test_compose_runs_web_worker_beat_postgres_and_redis(compose: dict[str, dict[str, dict[str, object]]]) -> None:
    assert {"web", "worker", "beat", "postgres", "redis"} <= set(compose["services"])
    assert all("image" in service or "build" in service for service in compose["services"].values())


def test_the_compose_file_follows_the_compose_specification() -> None:
    checker = Path(sys.executable).parent / "check-jsonschema"
    done = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", "docker-compose.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("docker"), reason="docker is not on this machine")
def test_docker_reads_the_compose_file() -> None:
    given = {
        "POSTGRES_PASSWORD": "x",
        "CAIRN_SECRET_KEY": "x",
        "CAIRN_ENCRYPTION_KEYS": "x",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }
    done = subprocess.run(
        ["docker", "compose", "config", "--quiet"], cwd=ROOT, env=given, capture_output=True, text=True
    )
    if "is not a docker command" in done.stderr or "unknown flag" in done.stderr or "unknown command" in done.stderr:
        pytest.skip("docker has no compose plugin on this machine")
    assert done.returncode == 0, done.stderr
