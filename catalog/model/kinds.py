"""Kinds are data: a JSON Schema of ``spec`` and the relations that its fields mean.

The built-in ones are Backstage's (catalog-model 1.10.1 and scaffolder-common 2.3.0). A custom kind is one more record.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

CORE_VERSIONS = ("backstage.io/v1alpha1", "backstage.io/v1beta1")
TEMPLATE_VERSIONS = ("scaffolder.backstage.io/v1beta3",)

Schema = dict[str, Any]
TEXT: Schema = {"type": "string", "minLength": 1}
TEXTS: Schema = {"type": "array", "items": TEXT}


@dataclass(frozen=True, slots=True)
class RelationField:
    """A field of ``spec`` that holds references. ``default_kind`` empty means that the kind must be written."""

    field: str
    relation: str
    inverse: str
    default_kind: str = ""


@dataclass(frozen=True, eq=False)
class Kind:
    """What an entity of this kind and version looks like and relates to."""

    name: str
    versions: tuple[str, ...]
    spec: Schema
    relations: tuple[RelationField, ...] = ()
    description: str = ""


Kinds = Mapping[str, Kind]


def kinds_digest(kinds: Kinds) -> str:
    """Equal for kinds that judge and relate alike; descriptions do not count."""
    said = [
        (name, kind.versions, kind.spec, [asdict(field) for field in kind.relations])
        for name, kind in sorted(kinds.items())
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _spec(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": properties}


def _open(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties}


OWNER = RelationField("owner", "ownedBy", "ownerOf", "Group")
SYSTEM = RelationField("system", "partOf", "hasPart", "System")
DEPENDS_ON = RelationField("dependsOn", "dependsOn", "dependencyOf")
DEPENDENCY_OF = RelationField("dependencyOf", "dependencyOf", "dependsOn")
PROFILE = _open(displayName=TEXT, email=TEXT, picture=TEXT)
OBJECT: Schema = {"type": "object"}
CONDITION: Schema = {"type": ["string", "boolean"]}
PERMISSIONS: Schema = _open(tags={"type": "array", "items": {"type": "string"}})
STEP: Schema = {
    "type": "object",
    "required": ["action"],
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "action": {"type": "string"},
        "input": OBJECT,
        "if": CONDITION,
        "backstage:permissions": PERMISSIONS,
    },
}
FORM: Schema = {"type": "object", "properties": {"backstage:permissions": PERMISSIONS}}
OUTPUT_LINK = _open(**{"if": CONDITION}, url=TEXT, entityRef=TEXT, title=TEXT, icon=TEXT)
OUTPUT_TEXT = _open(**{"if": CONDITION}, title=TEXT, icon=TEXT, content={"type": "string"})
OUTPUT: Schema = {
    **_open(links={"type": "array", "items": OUTPUT_LINK}, text={"type": "array", "items": OUTPUT_TEXT}),
    "additionalProperties": {"type": "string"},
}
BUTTONS = ("backButtonText", "createButtonText", "reviewButtonText")
DECORATORS: Schema = {"type": "array", "items": _open(id={"type": "string"}, input=OBJECT)}

BUILT_IN = (
    Kind(
        "Component",
        CORE_VERSIONS,
        _spec(
            ("type", "lifecycle", "owner"),
            type=TEXT,
            lifecycle=TEXT,
            owner=TEXT,
            system=TEXT,
            subcomponentOf=TEXT,
            providesApis=TEXTS,
            consumesApis=TEXTS,
            dependsOn=TEXTS,
        ),
        (
            OWNER,
            RelationField("subcomponentOf", "partOf", "hasPart", "Component"),
            RelationField("providesApis", "providesApi", "apiProvidedBy", "API"),
            RelationField("consumesApis", "consumesApi", "apiConsumedBy", "API"),
            DEPENDS_ON,
            DEPENDENCY_OF,
            SYSTEM,
        ),
    ),
    Kind(
        "API",
        CORE_VERSIONS,
        _spec(
            ("type", "lifecycle", "owner", "definition"),
            type=TEXT,
            lifecycle=TEXT,
            owner=TEXT,
            system=TEXT,
            definition=TEXT,
        ),
        (OWNER, SYSTEM),
    ),
    Kind(
        "Resource",
        CORE_VERSIONS,
        _spec(("type", "owner"), type=TEXT, owner=TEXT, dependsOn=TEXTS, system=TEXT),
        (OWNER, DEPENDS_ON, DEPENDENCY_OF, SYSTEM),
    ),
    Kind(
        "System",
        CORE_VERSIONS,
        _spec(("owner",), owner=TEXT, domain=TEXT, type=TEXT),
        (OWNER, RelationField("domain", "partOf", "hasPart", "Domain")),
    ),
    Kind(
        "Domain",
        CORE_VERSIONS,
        _spec(("owner",), owner=TEXT, subdomainOf=TEXT, type=TEXT),
        (OWNER, RelationField("subdomainOf", "partOf", "hasPart", "Domain")),
    ),
    Kind(
        "Group",
        CORE_VERSIONS,
        _spec(("type", "children"), type=TEXT, profile=PROFILE, parent=TEXT, children=TEXTS, members=TEXTS),
        (
            RelationField("parent", "childOf", "parentOf", "Group"),
            RelationField("children", "parentOf", "childOf", "Group"),
            RelationField("members", "hasMember", "memberOf", "User"),
        ),
    ),
    Kind(
        "User",
        CORE_VERSIONS,
        _spec(("memberOf",), profile=PROFILE, memberOf=TEXTS),
        (RelationField("memberOf", "memberOf", "hasMember", "Group"),),
    ),
    Kind(
        "Location",
        CORE_VERSIONS,
        _spec(type=TEXT, target=TEXT, targets=TEXTS, presence={"type": "string", "enum": ["required", "optional"]}),
    ),
    Kind(
        "Template",
        TEMPLATE_VERSIONS,
        _spec(
            ("type", "steps"),
            type=TEXT,
            owner=TEXT,
            lifecycle=TEXT,
            parameters={"oneOf": [FORM, {"type": "array", "items": FORM}]},
            secrets=_open(schema=OBJECT),
            presentation=_open(buttonLabels=_open(**{name: {"type": "string"} for name in BUTTONS})),
            EXPERIMENTAL_recovery=_open(EXPERIMENTAL_strategy={"type": "string"}),
            formDecorators=DECORATORS,
            EXPERIMENTAL_formDecorators=DECORATORS,
            steps={"type": "array", "items": STEP},
            output=OUTPUT,
        ),
        (OWNER,),
    ),
)

DEFAULT_KINDS: Kinds = {kind.name: kind for kind in BUILT_IN}
#: Lists whose order means nothing; sorted, so that moving a line is no change.
SORTED_FIELDS = ("providesApis", "consumesApis", "dependsOn", "dependencyOf", "memberOf", "children", "members")
