"""Reading a blueprint's folder. Every mistake is named with its line."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from common.errors import FieldError, UserError
from common.yaml12 import YamlDocument, YamlProblem, load, load_documents
from provisioning.blueprints.definition import (
    Blueprint,
    Connection,
    Count,
    ImportSpec,
    Imposed,
    Output,
    Period,
    PriceBook,
    Rule,
)
from provisioning.blueprints.form_rules import wrong_form
from provisioning.blueprints.references import wrong_references

FILE = "blueprint.yaml"
ANY_NAME = ("^[a-z][a-z0-9-]{1,60}[a-z0-9]$", "3 to 62 small letters, digits and dashes; it begins with a letter.")


def load_blueprint(folder: Path) -> Blueprint:
    """The blueprint in ``folder``; UserError with a line for each mistake."""
    document = _document(folder / FILE)
    mistakes = [*_schema_mistakes(document), *_form_mistakes(document)] or _reference_mistakes(document, folder)
    if mistakes:
        lines = "; ".join(f"line {mistake.line}: {mistake.path} {mistake.message}" for mistake in mistakes)
        raise UserError(f"{folder.name}/{FILE} is not a blueprint: {lines}", id="blueprint-invalid", fields=mistakes)
    return _blueprint(document.value, folder)


def known_good(text: bytes, folder: Path) -> Blueprint:
    """The blueprint whose file says ``text``, which was valid when it was kept: later rules do not break it."""
    return _blueprint(load(text), folder)


def _document(file: Path) -> YamlDocument:
    try:
        documents = load_documents(file.read_bytes(), positions=True)
    except YamlProblem as problem:
        raise _unreadable(file, problem) from None
    if len(documents) != 1:
        raise UserError(f"{file.parent.name}/{FILE} must hold one document.", id="blueprint-invalid")
    if documents[0].problem:
        raise _unreadable(file, documents[0].problem)
    return documents[0]


def _unreadable(file: Path, problem: YamlProblem) -> UserError:
    place = FieldError("", problem.message, line=problem.line, column=problem.column)
    message = f"{file.parent.name}/{FILE}, line {problem.line}: {problem.message}"
    return UserError(message, id="blueprint-invalid", fields=[place])


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8")))


def _schema_mistakes(document: YamlDocument) -> list[FieldError]:
    return [_placed(document, error.absolute_path, error.message) for error in _validator().iter_errors(document.value)]


def _form_mistakes(document: YamlDocument) -> list[FieldError]:
    inputs = document.value.get("inputs") if isinstance(document.value, dict) else None
    try:
        Draft202012Validator.check_schema(inputs or {})
    except SchemaError as error:
        return [_placed(document, ["inputs", *error.absolute_path], error.message)]
    return []


def _reference_mistakes(document: YamlDocument, folder: Path) -> list[FieldError]:
    wrong = list(wrong_form(document.value)) or wrong_references(document.value, folder / "module")
    return [_placed(document, path, message) for path, message in wrong]


def _placed(document: YamlDocument, path: Any, message: str) -> FieldError:
    keys = tuple(path)
    place = next(
        (document.positions[keys[:end]] for end in range(len(keys), -1, -1) if keys[:end] in document.positions), (1, 1)
    )
    return FieldError(".".join(map(str, keys)), message, line=place[0], column=place[1])


def _blueprint(raw: dict[str, Any], folder: Path) -> Blueprint:
    secrets = raw.get("secrets", {})
    naming = raw.get("naming", {"pattern": ANY_NAME[0], "hint": ANY_NAME[1]})
    return Blueprint(
        **{
            name: raw[name]
            for name in ("name", "title", "version", "owner", "icon", "description", "backend", "inputs")
        },
        noun=raw.get("noun", raw["title"].lower()),
        folder=folder,
        environments=tuple(raw["environments"]),
        name_pattern=naming["pattern"],
        name_hint=naming["hint"],
        entity_type=raw["entity"]["type"],
        imposed=tuple(Imposed(line["set"], line.get("when", {})) for line in raw.get("imposed", [])),
        policy=tuple(_rule(line) for line in raw.get("policy", [])),
        price=_price(raw["price"]) if "price" in raw else None,
        outputs=tuple(
            Output(name, line["title"], line.get("sensitive", False)) for name, line in raw.get("outputs", {}).items()
        ),
        secrets={name: line if isinstance(line, str) else line["title"] for name, line in secrets.items()},
        secrets_in_state=frozenset(
            name for name, line in secrets.items() if not isinstance(line, str) and line.get("kept_in_state")
        ),
        changes=raw.get("changes", {}),
        data_class=raw.get("data_class", ""),
        connect=tuple(Connection(line["run"], line.get("when", {})) for line in raw.get("connect", [])),
        sizes=tuple(raw.get("size", [])),
        protection=raw.get("protection", ""),
        lifetime=_periods(raw.get("lifetime", [])),
        quarantine=_periods(raw.get("quarantine", [])),
        mapping=raw.get("accepts", {}),
        imports=_imports(raw["import"]) if "import" in raw else None,
    )


def _periods(lines: list[dict[str, Any]]) -> tuple[Period, ...]:
    return tuple(Period(line["hours"], line.get("when", {}), line.get("longest_hours")) for line in lines)


def _imports(raw: dict[str, Any]) -> ImportSpec:
    return ImportSpec(raw.get("fields", {}), raw.get("objects", {}), tuple(raw.get("ignored", [])))


def _rule(line: dict[str, Any]) -> Rule:
    given = {name: line[name] for name in ("approvers", "count") if name in line}
    return Rule(line.get("when", {}), line["effect"], line["reason"], **given)


def _price(raw: dict[str, Any]) -> PriceBook:
    factors = tuple((line["when"], line["times"]) for line in raw.get("factors", []))
    return PriceBook(
        raw["currency"],
        raw["dated"],
        raw.get("by_value", {}),
        raw.get("per_unit", {}),
        factors,
        raw.get("fixed", {}),
        {path: Count(**count) for path, count in raw.get("counts", {}).items()},
    )
