"""What /api/docs says of Backstage's catalog API: made from its addresses and the endpoints' own words."""

import re
from collections.abc import Mapping
from typing import Any

from catalog.api import bodies
from catalog.api.base import Endpoint
from catalog.api.bodies import Body

_REPOSITORY = "https://github.com/OWNER/REPOSITORY"
_FILTER = "`kind=component,spec.type=service`: all must hold; repeat it for another choice. A key alone must exist."
#: Query parameters by the name of the endpoint that takes them.
PARAMETERS: Mapping[str, Mapping[str, str]] = {
    "entities": {
        "filter": _FILTER,
        "fields": "Keys to send, such as `metadata.name,kind`.",
        "order": "`asc:metadata.name`",
        "limit": "",
        "offset": "",
        "after": "From the `Link` header.",
    },
    "by_query_get": {
        "filter": _FILTER,
        "fields": "Keys to send, such as `metadata.name,kind`.",
        "orderField": "`metadata.name,asc`",
        "fullTextFilterTerm": "Words to look for.",
        "fullTextFilterFields": "Keys to look in.",
        "limit": "200 unless given; 0 counts alone.",
        "cursor": "From `pageInfo`; it carries the rest of the question.",
    },
    "by_refs": {"filter": _FILTER},
    "facets": {"facet": "A key such as `spec.type`; repeat it for more.", "filter": _FILTER},
    "register": {"dryRun": "`true` reads it and keeps nothing."},
}
#: Bodies by the name of the endpoint: what is checked, and an example.
BODIES: Mapping[str, tuple[Body, Any]] = {
    "by_refs": (bodies.BY_REFS, {"entityRefs": ["component:default/petstore"], "fields": ["metadata.name"]}),
    "by_query_post": (
        bodies.BY_QUERY,
        {"query": {"kind": "component"}, "orderBy": [{"field": "metadata.name", "order": "asc"}]},
    ),
    "facets_of_query": (bodies.FACETS, {"facets": ["spec.type"], "query": {"kind": "component"}}),
    "register": (bodies.LOCATION, {"type": "url", "target": f"{_REPOSITORY}/blob/main/catalog-info.yaml"}),
    "move": (bodies.LOCATION_CHANGE, {"type": "url", "target": f"{_REPOSITORY}/blob/main/catalog-info.yaml"}),
    "refresh": (bodies.REFRESH, {"entityRef": "component:default/petstore"}),
    "locations_by_query": (bodies.LOCATIONS_BY_QUERY, {"limit": 100}),
    "analyze_location": (bodies.ANALYZE, {"location": {"type": "url", "target": _REPOSITORY}}),
    "validate_entity": (
        bodies.VALIDATE,
        {
            "entity": {"apiVersion": "backstage.io/v1alpha1", "kind": "System", "metadata": {"name": "shop"}},
            "location": f"url:{_REPOSITORY}/blob/main/catalog-info.yaml",
        },
    ),
}
#: Backstage's body for every error.
FAILURE: Mapping[str, Any] = {
    "description": "What is wrong, in Backstage's words.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["error", "request", "response"],
                "properties": {
                    "error": {"type": "object", "required": ["name", "message"]},
                    "request": {"type": "object"},
                    "response": {"type": "object", "required": ["statusCode"]},
                },
            }
        }
    },
}
#: Its body for an entity that would not be taken.
REFUSAL: Mapping[str, Any] = {
    "description": "Why the entity would not be taken.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"errors": {"type": "array", "items": {"type": "object"}}},
            }
        }
    },
}
_NUMBERS = {"limit", "offset"}
_ANSWERS = {"register": "201", "unregister": "204", "delete_by_uid": "204"}


def paths(base: str) -> dict[str, Any]:
    """The OpenAPI path items of all endpoints below ``base``."""
    from catalog.api.urls import urlpatterns  # it imports the endpoints that this module speaks of

    return {
        base + _template(str(pattern.pattern)): {
            method.lower(): _operation(endpoint, str(pattern.pattern))
            for method, endpoint in vars(pattern.callback)["methods"].items()
        }
        for pattern in urlpatterns
        if vars(pattern.callback)["methods"]
    }


def _template(route: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)


def _operation(endpoint: Endpoint, route: str) -> dict[str, Any]:
    name = endpoint.__name__
    summary = (endpoint.__doc__ or "").strip().splitlines()[0].replace("``", "`")
    inside = [_parameter(part, "path") for part in re.findall(r"<(?:\w+:)?(\w+)>", route)]
    asked = [_parameter(part, "query", words) for part, words in PARAMETERS.get(name, {}).items()]
    operation: dict[str, Any] = {
        "operationId": f"catalog_{name}",
        "summary": summary,
        "tags": ["catalog"],
        "parameters": [*inside, *asked],
        "security": [{"token": []}, {"session": []}],
        "responses": {_ANSWERS.get(name, "200"): {"description": "As Backstage's catalog answers."}},
    }
    if name == "validate_entity":
        operation["responses"]["400"] = REFUSAL
    if name in BODIES:
        body, example = BODIES[name]
        content = {"schema": body.schema, "example": example}
        needed = bool(body.schema.get("required"))
        operation["requestBody"] = {"required": needed, "content": {"application/json": content}}
    return operation


def _parameter(name: str, place: str, words: str = "") -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": words,
        "schema": {"type": "integer", "minimum": 0} if name in _NUMBERS else {"type": "string"},
    }
