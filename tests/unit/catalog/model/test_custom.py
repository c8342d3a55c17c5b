"""Kinds as data: what can be declared, and what an entity of such a kind is told."""

import time
from typing import Any

import pytest

from catalog.ingest.documents import Verdict
from catalog.ingest.file import process_file
from catalog.model.custom import complaints, declaration_of, kind_of
from catalog.model.declared import declared_kinds, kinds_in_file
from catalog.model.kinds import DEFAULT_KINDS, kinds_digest
from common.errors import UserError

ENVIRONMENT: dict[str, Any] = {
    "name": "Environment",
    "apiVersions": ["example.com/v1"],
    "description": "Where things run",
    "schema": {
        "type": "object",
        "required": ["region"],
        "properties": {
            "region": {"type": "string", "pattern": "^[a-z]+(-[a-z0-9]+)*$"},
            "tier": {"enum": ["gold", "silver"]},
            "name": {"type": "string", "minLength": 3},
        },
    },
    "relations": [
        {"field": "owner", "relation": "ownedBy", "inverse": "ownerOf", "defaultKind": "Group"},
        {"field": "hosts", "relation": "hosts", "inverse": "hostedIn", "defaultKind": "Component"},
    ],
}
ENTITY = "apiVersion: example.com/v1\nkind: Environment\nmetadata: {name: prod}\nspec: "


def judged(spec: str, declaration: dict[str, Any] = ENVIRONMENT) -> Verdict:
    kinds = {**DEFAULT_KINDS, "Environment": kind_of(declaration)}
    return process_file((ENTITY + spec).encode(), url="/a.yaml", kinds=kinds).verdicts[0]


def with_schema(schema: Any) -> dict[str, Any]:
    return {**ENVIRONMENT, "schema": schema}


def test_a_good_declaration_has_no_complaints_and_stays_what_it_is() -> None:
    assert complaints(ENVIRONMENT) == []
    assert declaration_of(kind_of(ENVIRONMENT)) == ENVIRONMENT


@pytest.mark.parametrize(
    ("key", "value", "field", "says"),
    [
        ("name", "environment", "name", "capital letter"),
        ("name", "Env ironment", "name", "sequence"),
        ("name", "", "name", "must have a value"),
        ("name", 7, "name", "sequence"),
        ("name", "Component", "name", "built in"),
        ("name", "COMPONENT", "name", "built in"),
        ("apiVersions", [], "apiVersions", "must be a list"),
        ("apiVersions", "example.com/v1", "apiVersions", "must be a list"),
        ("apiVersions", ["example.com/v1", "a/b/c"], "apiVersions.1", "no apiVersion"),
        ("apiVersions", ["v1", "v1"], "apiVersions.1", "twice"),
        ("description", 7, "description", "must be text"),
        ("schema", [], "schema", "must be a map"),
        ("schema", {"type": "objekt"}, "schema.type", "no type"),
        ("schema", {"type": "string"}, "schema.type", "must be object"),
        ("schema", {"properties": {"a": {"minLength": "x"}}}, "schema.properties.a.minLength", "no JSON Schema"),
        ("schema", {"properties": {"a": {"pattern": "("}}}, "schema.properties.a.pattern", "no regular expression"),
        (
            "schema",
            {"allOf": [{"patternProperties": {"(a)\\1": {}}}]},
            "schema.allOf.0.patternProperties.(a)\\1",
            "back",
        ),
        ("schema", {"$ref": "https://example.com/s.json"}, "schema.$ref", "in this schema"),
        ("schema", {"$ref": "#"}, "schema", "never ends"),
        ("schema", {"$ref": "#/nowhere"}, "schema", "leads nowhere"),
        ("schema", {"$schema": "https://json-schema.org/draft/2020-12/schema"}, "schema.$schema", "draft 7"),
        ("schema", {"description": "a\x00b"}, "schema", "NUL"),
        ("relations", {}, "relations", "must be a list"),
        ("relations", ["owner"], "relations.0", "must be a map"),
        ("relations", [{"field": "a", "relation": "Owns", "inverse": "b"}], "relations.0.relation", "must be a name"),
        ("relations", [{"field": "a", "relation": "owns"}], "relations.0.inverse", "must be a name"),
        ("relations", [{"feild": "a", "relation": "x", "inverse": "y"}], "relations.0.feild", "not known"),
        ("relations", [{"field": "a", "relation": "partOf", "inverse": "holds"}], "relations.0.inverse", "is hasPart"),
        (
            "relations",
            [{"field": "a", "relation": "in", "inverse": "hasPart"}],
            "relations.0.inverse",
            "not the inverse",
        ),
        ("colour", "red", "colour", "not known"),
    ],
)
def test_what_cannot_be_declared_is_named_with_its_field(key: str, value: Any, field: str, says: str) -> None:
    found = {one.field: one.message for one in complaints({**ENVIRONMENT, key: value})}
    assert says in found[field]


def test_two_kinds_that_are_added_agree_on_the_inverse_of_a_relation() -> None:
    others = {**DEFAULT_KINDS, "Environment": kind_of(ENVIRONMENT)}
    cluster = {"name": "Cluster", "apiVersions": ["v1"]}
    relation = {"field": "runs", "relation": "hosts", "inverse": "runsIn"}
    assert complaints({**cluster, "relations": [relation | {"inverse": "hostedIn"}]}, others) == []
    assert complaints({**cluster, "relations": [relation]}, others)[0].field == "relations.0.inverse"


def test_a_relation_may_be_its_own_inverse() -> None:
    peers = [{"field": "peers", "relation": "peersWith", "inverse": "peersWith"}]
    assert complaints({**ENVIRONMENT, "relations": peers}) == []


def test_an_entity_of_a_kind_that_is_added_has_its_relations_both_ways() -> None:
    entity = judged("{region: eu-west-1, owner: ops, hosts: [orders]}").entity
    assert [(r.source, r.type, r.target) for r in entity.relations] == [
        ("component:default/orders", "hostedIn", "environment:default/prod"),
        ("environment:default/prod", "hosts", "component:default/orders"),
        ("environment:default/prod", "ownedBy", "group:default/ops"),
        ("group:default/ops", "ownerOf", "environment:default/prod"),
    ]


@pytest.mark.parametrize(
    ("spec", "field", "says"),
    [
        ("{}", "spec", "must have required property 'region'"),
        ("{region: EU}", "spec.region", "must match the pattern"),
        ("{region: eu, tier: golt}", "spec.tier", "must be one of gold, silver"),
        ("{region: eu, name: ab}", "spec.name", "must NOT have fewer than 3 characters"),
        ("{region: eu, hosts: [7]}", "spec.hosts.0", "An entity reference is text"),
    ],
)
def test_an_entity_that_does_not_fit_is_told_where(spec: str, field: str, says: str) -> None:
    problem = judged(spec).problem
    assert (problem.field, says in problem.message, problem.line) == (field, True, 4)


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"region": {"pattern": "^(a+)+$"}}},
        {"additionalProperties": False, "patternProperties": {"^(a|aa)+$": {"type": "string"}}},
        {"properties": {"list": {"uniqueItems": True}}},
        {
            "definitions": {
                "n": {"properties": {"n": {"allOf": [{"$ref": "#/definitions/n"}, {"$ref": "#/definitions/n"}]}}}
            },
            "$ref": "#/definitions/n",
        },
    ],
)
def test_neither_schema_nor_document_can_hold_up_the_server(schema: dict[str, Any]) -> None:
    deep = "{n: " * 60 + "{}" + "}" * 60
    spec = f"{{region: {'a' * 1900}!, {'a' * 1900}!: x, list: [{', '.join(['{a: 1, b: [x]}'] * 3000)}], n: {deep}}}"
    declaration = {**with_schema(schema), "relations": []}
    assert complaints(declaration) == []
    begun = time.monotonic()
    assert judged(spec, declaration).problem is not None
    assert time.monotonic() - begun < 10


def test_kinds_in_a_file_are_taken_or_every_mistake_is_named() -> None:
    assert [kind.name for kind in declared_kinds([ENVIRONMENT])] == ["Environment"]
    with pytest.raises(UserError) as wrong:
        declared_kinds([ENVIRONMENT, {"name": "cluster", "apiVersions": []}, ENVIRONMENT])
    paths = [field.path for field in wrong.value.fields]
    assert paths == ["catalog.kinds[1].name", "catalog.kinds[1].apiVersions", "catalog.kinds[2].name"]


@pytest.mark.parametrize("text", ["kinds: {}", "a: b\n---\nc: d", "- [", "7"])
def test_a_file_without_kinds_says_so_or_has_none(text: str) -> None:
    try:
        assert kinds_in_file(text.encode(), "kinds.yaml") == ()
    except UserError as error:
        assert "kinds.yaml" in error.message


def test_kinds_that_judge_alike_have_one_digest_whatever_their_words() -> None:
    said = {"Environment": kind_of(ENVIRONMENT)}
    assert kinds_digest(said) == kinds_digest({"Environment": kind_of({**ENVIRONMENT, "description": "other words"})})
    assert kinds_digest(said) != kinds_digest({"Environment": kind_of(with_schema({}))})
