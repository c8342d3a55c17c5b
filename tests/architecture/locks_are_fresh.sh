#!/bin/sh
# Fails when pyproject.toml asks for something that the lock does not hold.
uv=$1
fresh=$(mktemp)
cp requirements.lock "$fresh"
"$uv" pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 \
    --custom-compile-command 'make lock' pyproject.toml -o "$fresh" || { echo "The lock could not be compiled; is a package index reachable?"; exit 1; }
cmp -s requirements.lock "$fresh" || { diff requirements.lock "$fresh" | head -20; echo "requirements.lock is stale; run make lock"; exit 1; }
