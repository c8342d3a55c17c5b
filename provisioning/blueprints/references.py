"""What one part of a blueprint says of another, and of its module: names that lead nowhere. Pure, but for reading."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from provisioning.conditions import COUNT, MONEY, OPERATORS

Mistake = tuple[tuple[str | int, ...], str]
#: What rules may ask about beside inputs.
FACTS = {"action", "name", "owner", "team", "environment", "ephemeral", "blueprint.from", "blueprint.to"}
FACTS |= {"data_class", "price.monthly", "price.delta"}
COUNTS = {"plan.create", "plan.update", "plan.replace", "plan.delete"}


def wrong_references(raw: Mapping[str, Any], module: Path) -> Iterator[Mistake]:
    """Where a name leads nowhere, and why; ``raw`` follows the schema."""
    yield from _names(raw)
    yield from _conditions(raw)
    yield from _price(raw)
    if raw["backend"] == "terraform":
        yield from _module(raw, module)


def _names(raw: Mapping[str, Any]) -> Iterator[Mistake]:
    known = raw["inputs"]["properties"]
    if "name" in known:
        yield ("inputs", "properties", "name"), "is what every form asks for already"
    for name in raw.get("secrets", {}).keys() & known.keys():
        yield ("secrets", name), "is an input, too: what the portal generates nobody types"
    for name in raw.get("changes", {}):
        if name not in known:
            yield ("changes", name), f"is no input; inputs are {', '.join(known)}"
    yield from _day_two(raw, known)
    for place, line in _imposed(raw):
        for name in line.keys() & known.keys():
            yield (*place, name), "is an input, too: what the platform imposes nobody types"
    try:
        re.compile(raw.get("naming", {}).get("pattern", ""))
    except re.error as error:
        yield ("naming", "pattern"), f"is not a regular expression: {error}"


def _day_two(raw: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[Mistake]:
    named: list[tuple[tuple[str | int, ...], str]] = [(("size", i), name) for i, name in enumerate(raw.get("size", []))]
    named += [(("accepts", path), name) for path, name in raw.get("accepts", {}).items()]
    named += [(("protection",), raw["protection"])] if "protection" in raw else []
    for place, name in named:
        if name.split(".")[0] not in known:
            yield place, f"{name} is no input; inputs are {', '.join(known)}"
    outputs = raw.get("outputs", {})
    for number, line in enumerate(raw.get("connect", [])):
        for name in re.findall(r"\{(\w+)\}", line["run"]):
            if name not in outputs:
                yield ("connect", number, "run"), f"{name} is no output; outputs are {', '.join(outputs)}"
    fields = raw.get("import", {}).get("fields", {})
    for address, identifier in raw.get("import", {}).get("objects", {}).items():
        for name in re.findall(r"\{(\w+)\}", address + identifier):
            if name not in fields:
                yield ("import", "objects", address), f"{name} is none of the fields {', '.join(fields)}"


def _imposed(raw: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    for number, line in enumerate(raw.get("imposed", [])):
        yield ("imposed", number, "set"), line["set"]


def _conditions(raw: Mapping[str, Any]) -> Iterator[Mistake]:
    lists = {part: raw.get(part, []) for part in ("policy", "imposed", "lifetime", "quarantine", "connect")}
    places: list[tuple[tuple[str | int, ...], Mapping[str, Any]]] = [
        ((part, number, "when"), line.get("when", {}))
        for part, lines in lists.items()
        for number, line in enumerate(lines)
    ]
    factors = raw.get("price", {}).get("factors", [])
    places += [(("price", "factors", number, "when"), line["when"]) for number, line in enumerate(factors)]
    for place, condition in places:
        for path, wanted in condition.items():
            if not _is_fact(path, raw):
                yield (*place, path), "is nothing that a condition can ask about"
            for operator in wanted if isinstance(wanted, Mapping) else ():
                if operator not in OPERATORS:
                    yield (*place, path, operator), f"is no operator; they are {', '.join(OPERATORS)}"


def _is_fact(path: str, raw: Mapping[str, Any]) -> bool:
    if path in FACTS | COUNTS:
        return True
    part, _, name = path.partition(".")
    if part == "quota" and name in {MONEY, COUNT}:
        return True
    if part == "quota":
        part, _, name = name.partition(".")
    return part in {"inputs", "changed"} and name.split(".")[0] in raw["inputs"]["properties"]


def _price(raw: Mapping[str, Any]) -> Iterator[Mistake]:
    price = raw.get("price", {})
    by_value, counts = price.get("by_value", {}), price.get("counts", {})
    for part in ("by_value", "per_unit"):
        for path in price.get(part, {}):
            if _input(path, raw) is None:
                yield ("price", part, path), "is no input"
    for path, prices in by_value.items():
        for value in (_input(path, raw) or {}).get("enum", []):
            if str(value) not in prices:
                yield ("price", "by_value", path), f"has no price for {value}"
    for path, count in counts.items():
        if path not in by_value:
            yield ("price", "counts", path), "has no price in by_value"
        if _input(count["input"], raw) is None:
            yield ("price", "counts", path, "input"), f"{count['input']} is no input"


def _input(path: str, raw: Mapping[str, Any]) -> Mapping[str, Any] | None:
    part, _, name = path.partition(".")
    found: Mapping[str, Any] | None = raw["inputs"]["properties"].get(name) if part == "inputs" else None
    return found


def _module(raw: Mapping[str, Any], module: Path) -> Iterator[Mistake]:
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(module.glob("*.tf")))
    variables, outputs = _blocks("variable", text), _blocks("output", text)
    given: list[tuple[str | int, ...]] = [("inputs", "properties", name) for name in raw["inputs"]["properties"]]
    given += [(*place, name) for place, line in _imposed(raw) for name in line]
    given += [("secrets", name) for name in raw.get("secrets", {})]
    for place in given:
        if place[-1] not in variables:
            yield place, "is no variable of the module"
    for name in raw.get("outputs", {}):
        if name not in outputs:
            yield ("outputs", name), "is no output of the module"
    optional = raw["inputs"]["properties"].keys() - set(raw["inputs"].get("required", []))
    for name in sorted(_needed(text) - ({str(place[-1]) for place in given} - optional) - {"name"}):
        yield ("name",), f"the module needs {name}, which nothing is sure to give"


def _blocks(kind: str, text: str) -> set[str]:
    return set(re.findall(rf'^{kind}\s+"([^"]+)"', text, re.MULTILINE))


def _needed(text: str) -> set[str]:
    """The variables of the module that have no default."""
    found = re.findall(r'^variable\s+"([^"]+)"(.*?)(?=^\w|\Z)', text, re.MULTILINE | re.DOTALL)
    return {name for name, body in found if not re.search(r"[\s{]default\s*=", body)}
