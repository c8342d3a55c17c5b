"""Documents that nobody wrote, judged by Backstage's model and by ours.

The corpus has the rules that people run into; here many entities are changed at random, the same ones each time.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

import pytest

from catalog.ingest.documents import Verdict
from catalog.ingest.file import process_file
from catalog.ingest.report import pointer
from tests.backstage.conftest import HERE

URL = "https://github.com/example-org/shop/blob/main/catalog-info.yaml"
METADATA = {
    "name": "orders",
    "namespace": "shop",
    "title": "Orders",
    "description": "Takes them",
    "labels": {"tier": "one", "example.com/team": "a"},
    "annotations": {"example.com/id": "7"},
    "tags": ["java", "c++"],
    "links": [{"url": "https://example.com", "title": "Home", "icon": "web", "type": "site"}],
}
PROFILE = {"displayName": "A", "email": "a@example.com", "picture": "https://example.com/a.png"}
SPECS: dict[str, dict[str, Any]] = {
    "Component": {
        "type": "service",
        "lifecycle": "production",
        "owner": "team",
        "system": "shop",
        "subcomponentOf": "all",
        "providesApis": ["a", "b/c"],
        "consumesApis": ["d"],
        "dependsOn": ["resource:db"],
        "dependencyOf": ["component:x"],
    },
    "API": {"type": "openapi", "lifecycle": "production", "owner": "team", "system": "shop", "definition": "x"},
    "Resource": {"type": "database", "owner": "team", "dependsOn": ["resource:db"], "system": "shop"},
    "System": {"owner": "team", "domain": "sales", "type": "product"},
    "Domain": {"owner": "team", "subdomainOf": "all", "type": "area"},
    "Group": {"type": "team", "profile": PROFILE, "parent": "all", "children": ["a"], "members": ["b"]},
    "User": {"profile": PROFILE, "memberOf": ["team"]},
    "Location": {"type": "url", "target": "./a.yaml", "targets": ["./b.yaml"], "presence": "optional"},
}
VALUES: tuple[Any, ...] = (
    *(None, "", 0, 1.5, True, False, [], {}, [None], [""], ["a", "b"], [1], [["a"]], {"a": "b"}, {"a": None}),
    *("a" * 63, "a" * 64, "a b", "-a", "a-", "a--b", "a_b.c", "A", "é", "😀", "\n", " ", "\ufeff", "a\n", "1", "true"),
    *("component:a/b", ":a", "a/", "a/b/c", "a:b:c", "https://a b", "mailto:a", "http://256.1.1.1", "foo/v1", "v1"),
    *("backstage.io/v1beta1", "backstage.io/v1", "component", "Group", "required"),
)
KEYS = ("a", "a/b", "A.io/b", "a.io/" + "b" * 64, "a" * 64, "é", "", "/a", "a/b/c", "_a", "status", "constructor")
#: Not to be replaced: what the catalog does with it before its policies is not the model's.
WHOLE = (("metadata", "annotations"),)
Place = tuple[Any, ...]


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Every place in ``value`` but its root."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in entries:
        yield (*at, key)
        yield from places(item, (*at, key))


def change(entity: dict[str, Any], random: Random) -> None:
    """Take something away, put something else in its place, or add something."""
    at = random.choice(sorted(set(places(entity)) - set(WHOLE), key=str))
    holder: Any = entity
    for part in at[:-1]:
        holder = holder[part]
    what = random.random()
    if what < 0.25:
        del holder[at[-1]]
    elif what < 0.85 or not isinstance(holder, dict):
        holder[at[-1]] = deepcopy(random.choice(VALUES))
    else:
        holder[random.choice(KEYS)] = deepcopy(random.choice(VALUES))


def changed_entities(count: int) -> list[dict[str, Any]]:
    random = Random(7)
    found = []
    for number in range(count):
        kind = list(SPECS)[number % len(SPECS)]
        entity = deepcopy(
            {"apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": METADATA, "spec": SPECS[kind]}
        )
        for _ in range(random.choice((1, 1, 2, 3))):
            change(entity, random)
        found.append(entity)
    return found


def judged_by_backstage(entities: list[dict[str, Any]]) -> list[dict[str, str]]:
    node = shutil.which("node") or shutil.which("node", path=HERE.parent.parent / ".venv/bin") or "node"
    done = subprocess.run([node, "judge.mjs"], cwd=HERE, input=json.dumps(entities).encode(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    verdicts: list[dict[str, str]] = json.loads(done.stdout)
    return verdicts


def judged_by_us(entity: dict[str, Any]) -> Verdict:
    [verdict] = process_file(json.dumps(entity).encode(), url=URL, strict=True).verdicts
    return verdict


def names_the_field(verdict: Verdict, message: str) -> bool:
    """Whether our problem is about what Backstage's message is about."""
    assert verdict.problem is not None
    said = verdict.problem.message
    if quoted := re.match(r'"(.*?)" is not valid', message, re.DOTALL):
        return said.startswith(f'"{quoted[1]}" is not valid')
    if "must NOT have additional properties" in message or message.startswith("Unknown field"):
        return said.startswith("Unknown field")
    missing = re.search("must have required property '.*?'", message)
    named = pointer(verdict.problem.path) or "<root>"
    return (missing is None or missing[0] in said) and f"{named} must" in message


def test_changed_entities_get_the_verdict_of_backstages_model() -> None:
    if not (HERE / "node_modules").is_dir():
        pytest.skip("Backstage's model is not here; make test installs it")
    entities = changed_entities(2000)
    differing = []
    for entity, theirs in zip(entities, judged_by_backstage(entities), strict=True):
        ours = judged_by_us(entity)
        stage = ours.problem.stage if ours.problem else ""
        stage = "" if stage in {"location", "relations"} else stage
        if stage != theirs["stage"] or (theirs["message"] and not names_the_field(ours, theirs["message"])):
            differing.append((theirs, ours.problem, entity))
    assert differing == []
