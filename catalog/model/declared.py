"""Kinds that stand in a file: ``catalog.kinds`` of app-config.yaml, or a file of their own. Pure."""

from typing import Any

from catalog.model.custom import complaints, kind_of
from catalog.model.kinds import DEFAULT_KINDS, Kind
from common.errors import FieldError, UserError
from common.yaml12 import YamlProblem, load


def declared_kinds(given: Any, where: str = "catalog.kinds") -> tuple[Kind, ...]:
    """The kinds that the list ``given`` declares; ``where`` is what errors call it.

    Raises UserError that names each field that is wrong.
    """
    if given is None:
        return ()
    if not isinstance(given, list):
        raise UserError(f"{where} must be a list of kinds.", hint="Each with name, apiVersions and schema.")
    kinds = dict(DEFAULT_KINDS)
    wrong: list[FieldError] = []
    for index, one in enumerate(given):
        found = complaints(one, kinds)
        wrong += [FieldError(f"{where}[{index}].{each.field}".rstrip("."), each.message, each.hint) for each in found]
        if not found:
            kind = kind_of(one)
            kinds[kind.name] = kind
    if wrong:
        first = wrong[0]
        raise UserError(f"{first.path} {first.message}.", hint=first.hint, fields=wrong, id="kinds-not-usable")
    return tuple(kind for name, kind in kinds.items() if name not in DEFAULT_KINDS)


def kinds_in_file(data: bytes, name: str) -> tuple[Kind, ...]:
    """The kinds of a file that holds a list of them, or of an app-config.yaml; UserError says what is wrong."""
    try:
        found = load(data)
    except YamlProblem as problem:
        raise UserError(f"{name}, line {problem.line}: {problem.message}", id="kinds-not-usable") from None
    if isinstance(found, dict):
        found = (found.get("catalog") or {}).get("kinds")
    return declared_kinds(found, name)
