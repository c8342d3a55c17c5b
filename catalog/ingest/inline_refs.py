"""``$openapi`` and ``$asyncapi``: one document of a specification that lies in several files. Pure but for ``read``.

What a ``$ref`` into another file means is put in its place, once; later references, and those that go round in circles,
lead to that place (``#/components/schemas/Order``), as Backstage's bundling does. References within the root stay.
"""

import json
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import yaml

from catalog.ingest.documents import Path
from catalog.ingest.ref_files import MOST_BYTES, CannotInline, Files, Find, Read, is_reference, parsed, too_large
from common import yaml_scalars

MOST_DEPTH = 200
MOST_NODES = 200_000
#: These come first, so that what has a name in them stays where its name is.
_NAMED = ("components", "definitions")
#: An extension, which every specification allows at its root.
_SHARED = "x-shared"
_POINTER_SAFE = "!$&'()*+,;=:@-._~"


def inline_refs(data: bytes, *, url: str, read: Read, find: Find) -> str:
    """The specification at ``url`` with all that it refers to, as JSON or YAML, whichever it is written in.

    A text without references into other files stays as it is, to the byte. Raises CannotInline.
    """
    text = data.decode("utf-8", errors="replace")
    if "$ref" not in text:
        return text
    root, is_json = parsed(data, url)
    if not isinstance(root, dict):
        return text
    bundle = _Bundle(root, url, read, find)
    try:
        document = bundle.document()
        if not bundle.has_others:
            return text
        made = json.dumps(document, ensure_ascii=False, indent=2) if is_json else _yaml(document)
    except RecursionError:
        raise CannotInline("is too deep, with all that it refers to") from None
    if len(made.encode()) > MOST_BYTES:
        raise too_large()
    return made


@dataclass(frozen=True, slots=True)
class _Here:
    """A place that is led to by references: the keys that stand beside them and win, and what they lead to."""

    hidden: frozenset[str] = frozenset()
    way: frozenset[tuple[str, Path]] = frozenset()


class _Bundle:
    """One document in the making.

    References wait in a queue, so that each value is put at the shallowest of the places that lead to it: schemas that
    know each other would else become one endless nest.
    """

    def __init__(self, root: dict[str, Any], url: str, read: Read, find: Find) -> None:
        self._root, self._url = root, url
        self._others = Files(root, url, read, find)
        #: Where in the document a value of another file was put.
        self._places: dict[tuple[str, Path], Path] = {}
        #: References that wait: where their value is to be put, they themselves, and the file that holds them.
        self._waiting: deque[tuple[Any, Path, dict[str, Any], str]] = deque()
        #: What was mixed with other keys where it was put, and what has a place of its own because of that.
        self._merged: set[tuple[str, Path]] = set()
        self._shared: dict[str, Any] = {}
        self._shared_key = _SHARED
        while self._shared_key in root:
            self._shared_key += "-too"
        self._nodes = self._letters = 0
        self.has_others = False

    def document(self) -> dict[str, Any]:
        """The root with everything in its place, in its own order."""
        made: dict[str, Any] = dict.fromkeys(self._root)
        for key in (*(key for key in _NAMED if key in made), *(key for key in made if key not in _NAMED)):
            self._put(made, (key,), self._root[key], self._url)
        while self._waiting:
            self.has_others = True
            holder, at, reference, file = self._waiting.popleft()
            holder[at[-1]] = self._resolved(reference, file, at, _Here())
        return {**made, self._shared_key: self._shared} if self._shared else made

    def _put(self, holder: Any, at: Path, value: Any, file: str) -> None:
        """Put ``value`` of ``file`` into ``holder``, which is at the place around ``at``; a reference waits."""
        self._count(value, at)
        holder[at[-1]] = None
        if is_reference(value) and not (file == self._url and value["$ref"].startswith("#")):
            self._waiting.append((holder, at, value, file))
        else:
            holder[at[-1]] = self._copy(value, file, at)

    def _copy(self, value: Any, file: str, at: Path) -> Any:
        if isinstance(value, dict):
            made: Any = {}
            for key, item in value.items():
                self._put(made, (*at, key), item, file)
            return made
        if isinstance(value, list):
            made = [None] * len(value)
            for index, item in enumerate(value):
                self._put(made, (*at, index), item, file)
            return made
        return value

    def _resolved(self, holder: dict[str, Any], file: str, at: Path, here: "_Here") -> Any:
        """What stands at ``at`` for a reference: a reference to where its value is, or the value."""
        ref = holder["$ref"]
        beside = {key: item for key, item in holder.items() if key != "$ref" and key not in here.hidden}
        where, path, value = self._others.target(ref, file)
        place = path if where == self._url else self._places.get((where, path))
        if place == at or (where, path) in here.way:
            raise CannotInline(f"{ref} in {file} leads to itself")
        here = _Here(here.hidden | beside.keys(), here.way | {(where, path)})
        if place is None and (where, path) in self._merged and here.hidden:
            place = self._shared_place(where, path, value)
        if place is not None:
            found: Any = {"$ref": _pointer(place)}
        else:
            self._note(where, path, at, here)
            found = self._value(value, where, at, here)
        if isinstance(found, dict):
            for key, item in beside.items():
                self._put(found, (*at, key), item, file)
        return found

    def _note(self, where: str, path: Path, at: Path, here: "_Here") -> None:
        """Remember where a value is; one that is mixed with others is no place to lead to."""
        if here.hidden:
            self._merged.add((where, path))
        else:
            self._places[where, path] = at

    def _shared_place(self, where: str, path: Path, value: Any) -> Path:
        """A place of its own for what others are mixed into more than once, perhaps within itself."""
        stem = str(path[-1]) if path else where.rpartition("/")[2]
        names = (f"{stem}-{number}" if number > 1 else stem for number in range(1, len(self._shared) + 2))
        name = next(name for name in names if name not in self._shared)
        at = self._places[where, path] = (self._shared_key, name)
        self._shared[name] = None
        self._put(self._shared, at, value, where)
        return at

    def _value(self, value: Any, file: str, at: Path, here: "_Here") -> Any:
        """``value`` without what is hidden at ``at``."""
        if is_reference(value):
            return self._resolved(value, file, at, here)
        if isinstance(value, dict):
            value = {key: item for key, item in value.items() if key not in here.hidden}
        return self._copy(value, file, at)

    def _count(self, value: Any, at: Path) -> None:
        self._nodes += 1
        self._letters += len(value) if isinstance(value, str) else 1
        if len(at) > MOST_DEPTH or self._nodes > MOST_NODES:
            raise CannotInline("is too deep or has too many values, with all that it refers to")
        if self._letters > MOST_BYTES:
            raise too_large()


def _pointer(path: Path) -> str:
    parts = (quote(str(part).replace("~", "~0").replace("/", "~1"), safe=_POINTER_SAFE) for part in path)
    return "".join(["#", *(f"/{part}" for part in parts)])


class _Dumper(yaml.CSafeDumper):
    """Writes YAML that readers of 1.1 and of 1.2 understand alike, without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        """Always: equal values are written out."""
        return True


def _text(dumper: _Dumper, text: str) -> Any:
    """Quoted where a reader of YAML 1.2 would see no text, and long texts line by line."""
    is_text = isinstance(yaml_scalars.plain(text), str)
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style=("|" if "\n" in text else None) if is_text else '"'
    )


_Dumper.add_representer(str, _text)


def _yaml(document: dict[str, Any]) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
