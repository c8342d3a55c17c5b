"""A kind as the texts of a form: what was typed stays, and what is wrong has its field and line. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import yaml

from catalog.model.custom import declaration_of
from catalog.model.kinds import Kind
from catalog.text_form import TextForm
from common.errors import FieldError
from common.yaml12 import Path, YamlProblem, load_documents

MOST_LETTERS = 200_000
NAMES = ("name", "apiVersions", "description", "schema", "relations")
_STARTING_SCHEMA = """\
type: object
required: [owner]
properties:
  owner: {type: string, minLength: 1}
"""
_STARTING_RELATIONS = """\
- {field: owner, relation: ownedBy, inverse: ownerOf, defaultKind: Group}
"""


def with_lines(form: TextForm, errors: Iterable[FieldError]) -> list[FieldError]:
    """``errors``, each at the line of its text that it is about."""
    places = {name: _places(form.texts[name]) for name in ("schema", "relations")}
    found = []
    for error in errors:
        name, _, inner = error.path.partition(".")
        found.append(replace(error, line=error.line or _line(places.get(name, {}), inner)))
    return found


def empty_form() -> TextForm:
    """A form with something to begin from."""
    texts = dict.fromkeys(NAMES, "") | {"schema": _STARTING_SCHEMA, "relations": _STARTING_RELATIONS}
    return TextForm(texts)


def form_of(kind: Kind) -> TextForm:
    """A kind that is there."""
    declared = declaration_of(kind)
    texts = {name: str(declared[name]) for name in ("name", "description")}
    texts |= {"apiVersions": ", ".join(kind.versions), "schema": _yaml(kind.spec)}
    return TextForm(texts | {"relations": _yaml(declared["relations"]) if kind.relations else ""})


def declaration_in(form: TextForm) -> tuple[dict[str, Any], list[FieldError]]:
    """The declaration that the texts are, or why they are none."""
    texts, wrong = form.texts, list[FieldError]()
    declared: dict[str, Any] = {"name": texts["name"].strip(), "description": texts["description"].strip()}
    declared["apiVersions"] = texts["apiVersions"].replace(",", " ").split()
    for name in ("schema", "relations"):
        if texts[name].strip():
            declared[name], error = _value(name, texts[name])
            wrong += [error] if error else []
    return declared, wrong


class _Plain(yaml.SafeDumper):
    """Writes what is there twice twice: nobody who reads a schema looks for ``*id001``."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _yaml(value: Any) -> str:
    text: str = yaml.dump(value, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100)
    return text


def _value(name: str, text: str) -> tuple[Any, FieldError | None]:
    """What a text says, as JSON or as YAML."""
    if len(text) > MOST_LETTERS:
        return None, FieldError(name, f"must NOT have more than {MOST_LETTERS:,} characters")
    try:
        return json.loads(text), None
    except (ValueError, RecursionError):
        documents = _documents(text)
    if len(documents) != 1:
        return None, FieldError(name, f"must be one document, not {len(documents)}")
    if problem := documents[0].problem:
        return None, FieldError(name, problem.message, line=problem.line, column=problem.column)
    return documents[0].value, None


def _documents(text: str) -> list[Any]:
    try:
        return list(load_documents(text.encode(), positions=True))
    except YamlProblem:
        return []


def _places(text: str) -> dict[str, int]:
    """The line of every value, by its path with dots."""
    places: dict[Path, tuple[int, int]] = next((document.positions for document in _documents(text)), {})
    return {".".join(map(str, path)): line for path, (line, _) in places.items()}


def _line(places: Mapping[str, int], path: str) -> int | None:
    """The line of ``path``, or of the closest thing around it."""
    while path not in places:
        if not path:
            return None
        path = path.rpartition(".")[0]
    return places[path]
