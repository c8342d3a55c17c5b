"""The shape of a kind's objects: which fields there are, and which are owned as a whole. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Path = tuple[str, ...]
Type = Literal["string", "boolean", "numeric", "quantity", "any", "map", "struct", "list"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A field's type. An ``atomic`` one has a single owner for everything beneath it; lists always are."""

    type: Type
    fields: Mapping[str, "Shape"] = field(default_factory=dict)
    item: "Shape | None" = None
    atomic: bool = False

    def child(self, name: str) -> "Shape | None":
        """The shape of the member ``name``; None where there is no such field."""
        return self.item if self.type == "map" else self.fields.get(name)


STRING, BOOLEAN, NUMBER = Shape("string"), Shape("boolean"), Shape("numeric")
QUANTITY, ANY = Shape("quantity"), Shape("any")


def struct(*, atomic: bool = False, **fields: Shape) -> Shape:
    """An object with known fields; a trailing underscore in a name is dropped (``from_``)."""
    return Shape("struct", {name.removesuffix("_"): shape for name, shape in fields.items()}, atomic=atomic)


def mapping(item: Shape) -> Shape:
    """An object with any keys, each of which has its own owner."""
    return Shape("map", item=item)


def listing(item: Shape) -> Shape:
    """A list, owned as a whole."""
    return Shape("list", item=item, atomic=True)


def mistakes(value: Any, shape: Shape, path: str = "") -> Iterator[str]:
    """Where ``value`` does not fit ``shape``, in the API server's words."""
    if value is None or shape.type == "any":
        return
    if wanted := _mistyped(value, shape):
        yield f"{path}: expected {wanted}, got &{{{value}}}"
    elif isinstance(value, dict):
        for name, member in value.items():
            child = shape.child(name)
            if child is None:
                yield f"{path}.{name}: field not declared in schema"
            else:
                yield from mistakes(member, child, f"{path}.{name}")
    elif isinstance(value, list) and shape.item:
        for index, item in enumerate(value):
            yield from mistakes(item, shape.item, f"{path}[{index}]")


def _mistyped(value: Any, shape: Shape) -> str:
    """The word for the type that ``value`` should have; empty when it has it."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {
        "string": (isinstance(value, str), "string"),
        "boolean": (isinstance(value, bool), "boolean"),
        "numeric": (number or isinstance(value, str), "numeric"),
        "quantity": (not isinstance(value, dict | list), "scalar"),
        "list": (isinstance(value, list), "list"),
    }
    fit, word = fits.get(shape.type, (isinstance(value, dict), "map"))
    return "" if fit else word


def leaves(value: Mapping[str, Any], shape: Shape, prefix: Path = ()) -> set[Path]:
    """The paths in ``value`` that an owner can hold: scalars, atomic values and empty objects."""
    found: set[Path] = set()
    for name, member in value.items():
        child = shape.child(name)
        path = (*prefix, name)
        if child and not child.atomic and isinstance(member, dict) and member:
            found |= leaves(member, child, path)
        elif member is not None:
            found.add(path)
    return found


def value_at(value: Any, path: Path) -> Any:
    """What stands at ``path``; None where nothing does."""
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value


def put(value: dict[str, Any], path: Path, new: Any) -> None:
    """Set ``path`` to ``new``, making the objects on the way."""
    for name in path[:-1]:
        value = value.setdefault(name, {})
    value[path[-1]] = new


def remove(value: dict[str, Any], path: Path) -> None:
    """Take ``path`` out, and the objects that it leaves empty."""
    holder = value_at(value, path[:-1])
    if isinstance(holder, dict):
        holder.pop(path[-1], None)
        if not holder and len(path) > 1:
            remove(value, path[:-1])
