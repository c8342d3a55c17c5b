"""Hundreds of generated questions: this catalog beside Backstage's own in-memory one, on the same entities."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

from tests.backstage.conftest import Ask

EXISTS = "<exists>"
KEYS = (
    "kind",
    "metadata.name",
    "metadata.namespace",
    "metadata.title",
    "metadata.tags",
    "metadata.tags.java",
    "metadata.annotations.example.com/team.lead",
    "metadata.annotations.long",
    "spec.type",
    "spec.owner",
    "spec.lifecycle",
    "spec.replicas",
    "spec.public",
    "spec.nothing",
    "spec.ports.name",
    "spec.dependsOn",
    "relations.ownedBy",
    "relations.partOf",
    "spec.unheard-of",
)
#: Every entity has exactly one of these, so that Backstage's two readings of an order agree.
SINGLE = ("metadata.uid", "kind", "metadata.name", "metadata.namespace")
FIELDS = ("kind", "metadata.name", "metadata.annotations.example.com/team.lead", "spec", "relations", "nope.nope")


def everything(ask: Ask) -> list[dict[str, Any]]:
    (answer,) = ask([["getEntities", {}]])
    items: list[dict[str, Any]] = answer["client"]["value"]["items"]
    return items


def values_of(entities: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Something to look for by key: what is there, in other letters, and what is not."""
    found: dict[str, list[Any]] = {key: ["nowhere"] for key in KEYS}
    for entity in entities:
        metadata, spec = entity["metadata"], entity["spec"]
        flat = {
            "kind": entity["kind"],
            "spec.ports.name": "HTTP",
            "metadata.tags.java": True,
            "metadata.annotations.example.com/team.lead": "ANN",
            "relations.ownedBy": entity["relations"][0]["targetRef"] if entity["relations"] else "x",
            **{f"metadata.{name}": metadata.get(name) for name in ("name", "namespace", "title")},
            **{f"spec.{name}": spec.get(name) for name in ("type", "owner", "lifecycle", "replicas", "public")},
        }
        for key, value in flat.items():
            if value is not None:
                found[key] += [value, str(value).upper() if isinstance(value, str) else value]
    found["metadata.tags"] += ["java", "C++", "tier:1"]
    return found


class Questions:
    """Generates; the same for the same seed."""

    def __init__(self, entities: list[dict[str, Any]], seed: int) -> None:
        self.chance = random.Random(seed)  # no secret
        self.values = values_of(entities)
        self.refs = [
            f"{e['kind']}:{e['metadata'].get('namespace', 'default')}/{e['metadata']['name']}".lower() for e in entities
        ]

    def filter(self) -> list[dict[str, Any]]:
        """One to three choices. A list stands last: Backstage's oracle forgets what comes after one."""
        choices = []
        for _ in range(self.chance.randint(1, 3)):
            keys = self.chance.sample(KEYS, self.chance.randint(1, 3))
            choice: dict[str, Any] = {key: self.value(key) for key in keys}
            if self.chance.random() < 0.4:
                last = keys[-1]
                choice[last] = [self.value(last, plain=True) for _ in range(self.chance.randint(1, 3))]
            choices.append(choice)
        return choices

    def value(self, key: str, *, plain: bool = False) -> Any:
        if not plain and self.chance.random() < 0.3:
            return EXISTS
        return str(self.chance.choice(self.values[key])).replace("True", "true").replace("False", "false")

    def query(self, depth: int = 0) -> dict[str, Any]:
        """A predicate."""
        if depth < 3 and self.chance.random() < 0.5:
            operator = self.chance.choice(("$all", "$any", "$not"))
            if operator == "$not":
                return {"$not": self.query(depth + 1)}
            return {operator: [self.query(depth + 1) for _ in range(self.chance.randint(0, 3))]}
        return {key: self.condition(key) for key in self.chance.sample(KEYS, self.chance.randint(0, 2))}

    def condition(self, key: str) -> Any:
        value = self.chance.choice(self.values[key])
        choices: tuple[Any, ...] = (
            value,
            {"$exists": self.chance.random() < 0.5},
            {"$in": [value, "nowhere"]},
            {"$hasPrefix": str(value)[: self.chance.randint(0, 3)]},
            {"$contains": value},
        )
        return self.chance.choice(choices)

    def fields(self) -> list[str] | None:
        return self.chance.sample(FIELDS, self.chance.randint(1, 3)) if self.chance.random() < 0.3 else None


def given(**arguments: Any) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}


def same(answers: list[dict[str, Any]], calls: list[list[Any]]) -> None:
    for call, answer in zip(calls, answers, strict=True):
        assert "error" not in answer["client"], (call, answer["client"])
        assert answer["client"]["value"] == answer["memory"]["value"], call


def test_lists_by_filter_order_fields_and_pages(ask: Ask, catalog: Path) -> None:
    entities = everything(ask)
    make, calls = Questions(entities, 1), []
    for _ in range(150):
        order = [
            {"field": field, "order": make.chance.choice(("asc", "desc"))}
            for field in make.chance.sample(("metadata.title", "spec.type", "spec.owner", *SINGLE), 2)
        ]
        page = given(limit=make.chance.choice((None, 1, 7, 100)), offset=make.chance.choice((None, 3, 50)))
        if page.get("offset") and "limit" not in page:
            page["limit"] = 20
        order_of = {"order": order} if page and make.chance.random() < 0.7 else {}
        calls.append(["getEntities", given(filter=make.filter(), fields=make.fields(), **page, **order_of)])
    same(ask(calls, entities), calls)


def test_entities_by_reference(ask: Ask, catalog: Path) -> None:
    entities = everything(ask)
    make, calls = Questions(entities, 2), []
    for _ in range(40):
        refs = [*make.chance.sample(make.refs, 5), "component:default/not-there"]
        query = make.query() if make.chance.random() < 0.5 else None
        calls.append(
            ["getEntitiesByRefs", given(entityRefs=refs, filter=make.filter(), query=query, fields=make.fields())]
        )
    same(ask(calls, entities), calls)


def test_facets(ask: Ask, catalog: Path) -> None:
    entities = everything(ask)
    make, calls = Questions(entities, 3), []
    for _ in range(80):
        facets = make.chance.sample(KEYS, make.chance.randint(1, 4))
        narrowed = given(filter=make.filter()) if make.chance.random() < 0.5 else given(query=make.query())
        calls.append(["getEntityFacets", {"facets": facets, **narrowed}])
    for call, answer in zip(calls, ask(calls, entities), strict=True):
        ours, theirs = (answer[who]["value"]["facets"] for who in ("client", "memory"))
        assert {name: _counted(values) for name, values in ours.items()} == {
            name: _counted(values) for name, values in theirs.items()
        }, call


def _counted(values: list[dict[str, Any]]) -> Counter[tuple[str, int]]:
    return Counter((one["value"], one["count"]) for one in values)


def test_queries_by_predicate_and_words_on_every_page_there_and_back(ask: Ask, catalog: Path) -> None:
    entities = everything(ask)
    make, calls = Questions(entities, 4), []
    for _ in range(80):
        field = make.chance.choice(SINGLE)
        words = {"term": make.chance.choice(("SVC", "1", "o", "%", "_")), "fields": list(make.chance.sample(KEYS, 3))}
        question = given(
            filter=make.filter() if make.chance.random() < 0.4 else None,
            query=make.query() if make.chance.random() < 0.6 else None,
            fullTextFilter=words if make.chance.random() < 0.3 else None,
            orderFields={"field": field, "order": make.chance.choice(("asc", "desc"))},
            limit=make.chance.choice((9, 30, 100)),
        )
        calls.append(["everyPage", question])
    for call, answer in zip(calls, ask(calls, entities), strict=True):
        assert "error" not in answer["client"], (call, answer["client"])
        ours, theirs = answer["client"]["value"], answer["memory"]["value"]
        _same_pages(call, ours["pages"], theirs["pages"])
        assert [_refs(page) for page in reversed(ours["back"])] == [_refs(page) for page in ours["pages"][:-1]], call


def _same_pages(call: Any, ours: list[Any], theirs: list[Any]) -> None:
    """The same entities in the same order; what is equal by the order may change places."""
    field = call[1]["orderFields"]["field"]
    assert {page["totalItems"] for page in ours} == {page["totalItems"] for page in theirs}, call
    assert [len(page["items"]) for page in ours] == [len(page["items"]) for page in theirs], call
    in_order = [[_key(field, entity) for page in pages for entity in page["items"]] for pages in (ours, theirs)]
    assert in_order[0] == in_order[1], call
    assert sorted(ref for page in ours for ref in _refs(page)) == sorted(ref for page in theirs for ref in _refs(page))


def _key(field: str, entity: dict[str, Any]) -> str:
    value = entity
    for part in field.split("."):
        value = value.get(part, "default")
    return str(value).lower()


def _refs(page: dict[str, Any]) -> list[str]:
    return [entity["metadata"]["uid"] for entity in page["items"]]
