"""A company whose entities have what filters stumble over: capitals, dots, lists, numbers, nulls, long texts."""

import json
import random
from typing import Any

TAGS = ("java", "go", "c++", "grpc", "tier:1")


def company(count: int = 60, seed: int = 7) -> str:
    """A file of entities, the same for the same ``seed``. JSON is YAML."""
    chance = random.Random(seed)  # no secret
    documents = [_entity(chance, number) for number in range(count)]
    return "\n---\n".join(json.dumps(document) for document in documents)


def _entity(chance: random.Random, number: int) -> dict[str, Any]:
    kind = chance.choice(("Component", "Component", "System", "Group", "API"))
    metadata: dict[str, Any] = {"name": chance.choice(("svc", "Svc", "job")) + f"-{number}"}
    if chance.random() < 0.4:
        metadata["namespace"] = chance.choice(("default", "shop", "ops"))
    if chance.random() < 0.5:
        metadata["tags"] = sorted(chance.sample(TAGS, chance.randint(1, 3)))
    if chance.random() < 0.5:
        metadata["title"] = chance.choice(("The Shop", "the shop", "100% of it", "a_b", "Größe"))
    if chance.random() < 0.5:
        annotations = {"example.com/team.lead": chance.choice(("Ann", "ann", "bo=b")), "long": "x" * 201}
        metadata["annotations"] = dict(chance.sample(sorted(annotations.items()), chance.randint(1, 2)))
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": kind,
        "metadata": metadata,
        "spec": _spec(chance, kind) | _odd(chance),
    }


def _spec(chance: random.Random, kind: str) -> dict[str, Any]:
    owner = chance.choice(("team-a", "Team-B", "group:ops/team-c"))
    if kind == "Group":
        return {"type": "team", "children": []}
    if kind == "System":
        return {"owner": owner}
    spec: dict[str, Any] = {"type": chance.choice(("service", "Website", "library")), "owner": owner}
    spec["lifecycle"] = chance.choice(("production", "experimental"))
    if kind == "API":
        return spec | {"definition": "{}"}
    if chance.random() < 0.5:
        spec["system"] = "shop"
    if chance.random() < 0.3:
        spec["dependsOn"] = ["component:default/svc-1", "resource:ops/db"]
    return spec


def _odd(chance: random.Random) -> dict[str, Any]:
    """Fields that no schema knows."""
    choices: dict[str, Any] = {
        "replicas": chance.choice((1, 2, 1.5, 10)),
        "public": chance.choice((True, False)),
        "nothing": None,
        "ports": [{"name": "http", "port": 80}, {"name": "Admin"}],
    }
    return {name: choices[name] for name in choices if chance.random() < 0.4}
