"""Forms from JSON Schema, drawn and read on the server. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from common.errors import FieldError

PREFIX = "inputs"


@dataclass(frozen=True, slots=True)
class Choice:
    """A value to pick, as text, with its words."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form. ``path`` is also its name in the posted data and in errors (``inputs.quota.limits.cpu``)."""

    path: str
    label: str
    hint: str
    widget: str
    value: Any
    required: bool
    choices: tuple[Choice, ...] = ()
    unit: str = ""
    errors: tuple[FieldError, ...] = ()

    @property
    def html_id(self) -> str:
        """An id that is safe in HTML and in fragments."""
        return self.path.replace(".", "-").replace("/", "-")


def fields_of(
    schema: Mapping[str, Any], values: Mapping[str, Any], errors: Iterable[FieldError] = (), *, prefix: str = PREFIX
) -> list[FormField]:
    """The fields of ``schema`` in order, nested objects flattened, each with its value and its errors."""
    found = list(errors)
    return [
        _field(path, part, required, _value(values, keys, part), found)
        for path, keys, part, required in _leaves(schema, prefix)
    ]


def only(schema: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """``schema`` with no other fields than ``names``; conditions between fields stay with the whole."""
    chosen = set(names)
    kept = {name: part for name, part in schema.get("properties", {}).items() if name in chosen}
    return {**schema, "properties": kept, "required": [name for name in schema.get("required", ()) if name in chosen]}


Leaf = tuple[str, tuple[str, ...], Mapping[str, Any], bool]


def _leaves(schema: Mapping[str, Any], prefix: str, keys: tuple[str, ...] = ()) -> Iterator[Leaf]:
    required = schema.get("required", ())
    for name, part in schema.get("properties", {}).items():
        path = f"{prefix}.{name}"
        if part.get("type") == "object":
            yield from _leaves(part, path, (*keys, name))
        else:
            yield path, (*keys, name), part, name in required


def _value(values: Mapping[str, Any], keys: tuple[str, ...], part: Mapping[str, Any]) -> Any:
    value: Any = values
    for key in keys:
        if not isinstance(value, Mapping) or key not in value:
            return part.get("default", "")
        value = value[key]
    return value


def _field(path: str, part: Mapping[str, Any], required: bool, value: Any, errors: list[FieldError]) -> FormField:
    options = part.get("ui:options", {})
    if part.get("type") == "array":
        value = "\n".join(_line(item, options) for item in value) if isinstance(value, list) else value
    mine = tuple(error for error in errors if error.path == path or error.path.startswith(f"{path}["))
    return FormField(
        path=path,
        label=part.get("title", path.rsplit(".", 1)[-1]),
        hint=part.get("description", ""),
        widget=_widget(part),
        value=value,
        required=required,
        choices=_choices(part),
        unit=options.get("unit", ""),
        errors=mine,
    )


def _line(item: Any, options: Mapping[str, Any]) -> str:
    key = options.get("itemKey")
    return str(item.get(key, "")) if key and isinstance(item, Mapping) else str(item)


def _widget(part: Mapping[str, Any]) -> str:
    if "ui:widget" in part:
        return str(part["ui:widget"])
    if "enum" in part:
        return "select"
    return {"integer": "number", "number": "number", "boolean": "checkbox", "array": "lines"}.get(
        str(part.get("type")), "text"
    )


def _choices(part: Mapping[str, Any]) -> tuple[Choice, ...]:
    values = part.get("enum", [])
    words = part.get("ui:enumNames", values)
    return tuple(Choice(str(value), str(word)) for value, word in zip(values, words, strict=False))


def read_posted(schema: Mapping[str, Any], posted: Mapping[str, str], *, prefix: str = PREFIX) -> dict[str, Any]:
    """Posted texts as the values of ``schema``. A text that does not read as its type stays text, for the validation
    to name; an empty optional field is left out."""
    values: dict[str, Any] = {}
    for path, keys, part, _ in _leaves(schema, prefix):
        kind = part.get("type")
        text = posted.get(path, "").strip()
        if kind == "boolean":
            value: Any = text.lower() in {"on", "true", "1"}
        elif kind == "array":
            value = _items(text, part.get("ui:options", {}))
        elif text == "":
            continue
        else:
            value = _typed(text, str(kind))
        place = values
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1]] = value
    return values


def _items(text: str, options: Mapping[str, Any]) -> list[Any]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    key = options.get("itemKey")
    return [{key: line} for line in lines] if key else list(lines)


def _typed(text: str, kind: str) -> Any:
    try:
        if kind == "integer":
            return int(text)
        if kind == "number":
            return float(text)
    except ValueError:
        return text
    return text


def validate(schema: Mapping[str, Any], inputs: Mapping[str, Any], *, prefix: str = PREFIX) -> list[FieldError]:
    """Everything wrong with ``inputs`` by the schema, each with the path of its field."""
    errors = sorted(
        Draft202012Validator(schema).iter_errors(inputs), key=lambda error: list(map(str, error.absolute_path))
    )
    return [field for error in errors for field in _field_errors(error, prefix)]


def _field_errors(error: ValidationError, prefix: str) -> Iterator[FieldError]:
    path = _path(prefix, error.absolute_path)
    wanted: Any = error.validator_value
    schema: Any = error.schema
    given: Any = error.instance
    if error.validator == "required":
        missing = [name for name in wanted if name not in given and f"'{name}'" in error.message]
        yield from (FieldError(f"{path}.{name}", "This is needed.") for name in missing)
    elif error.validator == "additionalProperties":
        known = schema.get("properties", {})
        yield from (
            FieldError(f"{path}.{name}", "There is no such field.", f"Fields are {', '.join(known)}.")
            for name in given
            if name not in known
        )
    else:
        yield FieldError(path, *_words(error))


def _path(prefix: str, keys: Iterable[str | int]) -> str:
    return prefix + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)


def _words(error: ValidationError) -> tuple[str, str]:
    wanted: Any = error.validator_value
    schema: Any = error.schema
    given: Any = error.instance
    match error.validator:
        case "enum":
            return f"{given} is not offered.", f"Choose {', '.join(map(str, wanted))}."
        case "minimum":
            return f"{given} is too little.", f"The least is {wanted}."
        case "maximum":
            return f"{given} is too much.", f"The most is {wanted}."
        case "pattern":
            return f"{given} does not have the right form.", str(schema.get("description", ""))
        case "type":
            kinds = {"integer": "a whole number", "number": "a number", "string": "text", "boolean": "true or false"}
            return f"It must be {kinds.get(str(wanted), wanted)}.", ""
    return error.message, ""
