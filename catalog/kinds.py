"""The kinds that this installation knows: the built-in ones and those that it adds. Each process remembers them."""

from typing import Any

from django.db.models import Count, Max

from catalog.model.custom import declaration_of, kind_of
from catalog.model.kinds import DEFAULT_KINDS, Kind, Kinds
from catalog.models import CustomKind
from common.memory import Followed

#: Seconds for which no process asks whether a kind has changed.
TRUSTED_FOR = 1.0


def known_kinds() -> Kinds:
    """Every kind by its name; a change is known everywhere within a second, for one small query a second."""
    return _known.now(TRUSTED_FOR)


def custom_kinds() -> Kinds:
    """The kinds that are added, as they are now."""
    return {row.name: kind_of_row(row) for row in CustomKind.objects.all()}


def forget() -> None:
    """Have this process look anew."""
    _known.forget()


def _version() -> tuple[Any, ...]:
    return tuple(CustomKind.objects.aggregate(Count("pk"), Max("changed_at")).values())


def _read() -> Kinds:
    return {**DEFAULT_KINDS, **custom_kinds()}


_known = Followed(_version, _read)


def kind_of_row(row: CustomKind) -> Kind:
    """The kind that is kept in ``row``."""
    relations = [_renamed(one, "default_kind", "defaultKind") for one in row.relations]
    return kind_of(
        {
            "name": row.name,
            "apiVersions": row.versions,
            "description": row.description,
            "schema": row.schema,
            "relations": relations,
        }
    )


def columns_of(kind: Kind) -> dict[str, Any]:
    """``kind`` as the columns of its row, but for its name."""
    declared = declaration_of(kind)
    return {
        "versions": declared["apiVersions"],
        "description": kind.description,
        "schema": kind.spec,
        "relations": [_renamed(one, "defaultKind", "default_kind") for one in declared["relations"]],
    }


def _renamed(one: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if key == old else key: value for key, value in one.items()}
