"""``$openapi`` and ``$asyncapi``: one document of a specification that lies in several files. Pure but for ``read``.

What a ``$ref`` into another file means is put in its place, once; later references, and those that go round in circles,
lead to that place (``#/components/schemas/Order``), as Backstage's bundling does. References within the root stay.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import yaml

from catalog.ingest.documents import Path
from common import yaml12
from common.errors import CairnError

MOST_FILES = 200
MOST_DEPTH = 200
MOST_NODES = 200_000
MOST_BYTES = 2 * 1024 * 1024
#: These come first, so that what has a name in them stays where its name is.
_NAMED = ("components", "definitions")
_DATA_FILES = (".yaml", ".yml", ".json")
_POINTER_SAFE = "!$&'()*+,;=:@-._~"

Read = Callable[[str], bytes]
#: From a target and the address of the file that holds it to an absolute address; may refuse.
Find = Callable[[str, str], str]


class CannotInline(Exception):
    """Why a specification cannot be made one document."""


def inline_refs(data: bytes, *, url: str, read: Read, find: Find) -> str:
    """The specification at ``url`` with all that it refers to, as JSON or YAML, whichever it is written in.

    A text without references into other files stays as it is, to the byte. Raises CannotInline.
    """
    text = data.decode("utf-8", errors="replace")
    if "$ref" not in text:
        return text
    root, is_json = _parsed(data, url)
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
        raise _too_large()
    return made


@dataclass(frozen=True, slots=True)
class _Here:
    """A place that is led to by references: the keys that stand beside them and win, and what they lead to."""

    hidden: frozenset[str] = frozenset()
    way: frozenset[tuple[str, Path]] = frozenset()


class _Bundle:
    """One document in the making."""

    def __init__(self, root: dict[str, Any], url: str, read: Read, find: Find) -> None:
        self._root, self._url, self._read, self._find = root, url, read, find
        self._files: dict[str, Any] = {url: root}
        #: Where in the document a value of another file was put.
        self._places: dict[tuple[str, Path], Path] = {}
        self._nodes = self._letters = 0
        self.has_others = False

    def document(self) -> dict[str, Any]:
        """The root with everything in its place, in its own order."""
        order = dict.fromkeys([*(key for key in _NAMED if key in self._root), *self._root])
        made = {key: self._copy(self._root[key], self._url, (key,)) for key in order}
        return {key: made[key] for key in self._root}

    def _copy(self, value: Any, file: str, at: Path, here: "_Here | None" = None) -> Any:
        """``value`` of ``file`` as it stands at the place ``at``; ``here`` says by which references it came there."""
        self._count(value, at)
        hidden = here.hidden if here else frozenset()
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                return self._reference(value, file, at, here or _Here())
            return {key: self._copy(item, file, (*at, key)) for key, item in value.items() if key not in hidden}
        if isinstance(value, list):
            return [self._copy(item, file, (*at, index)) for index, item in enumerate(value)]
        return value

    def _reference(self, holder: dict[str, Any], file: str, at: Path, here: "_Here") -> Any:
        ref, unseen = holder["$ref"], here.hidden | {"$ref"}
        beside = {key: self._copy(item, file, (*at, key)) for key, item in holder.items() if key not in unseen}
        if file == self._url and ref.startswith("#"):
            return {"$ref": ref, **beside}
        self.has_others = True
        where, path, value = self._target(ref, file, set())
        place = path if where == self._url else self._places.get((where, path))
        if place == at or (where, path) in here.way:
            raise CannotInline(f"{ref} in {file} leads to itself")
        if place is not None:
            return {"$ref": _pointer(place), **beside}
        here = _Here(here.hidden | beside.keys(), here.way | {(where, path)})
        if not here.hidden:
            self._places[where, path] = at
        found = self._copy(value, where, at, here)
        return {**found, **beside} if isinstance(found, dict) else found

    def _target(self, ref: str, file: str, seen: set[tuple[str, str]]) -> tuple[str, Path, Any]:
        """File, place in it and value that ``ref`` leads to in the end, whatever references are on the way."""
        if (file, ref) in seen:
            raise CannotInline(f"{ref} in {file} leads to itself")
        seen.add((file, ref))
        target, _, fragment = ref.partition("#")
        where = self._address(target, file) if target else file
        path: Path = ()
        value = self._file(where)
        for part in _parts(fragment, ref, file):
            where, path, value = self._followed(where, path, value, seen)
            key = _key_in(value, part)
            if key is None:
                raise CannotInline(f"{ref} in {file} leads nowhere: there is no {part} in {where}")
            path, value = (*path, key), value[key]
        return self._followed(where, path, value, seen)

    def _followed(self, where: str, path: Path, value: Any, seen: set[tuple[str, str]]) -> tuple[str, Path, Any]:
        is_reference = isinstance(value, dict) and len(value) == 1 and isinstance(value.get("$ref"), str)
        return self._target(value["$ref"], where, seen) if is_reference else (where, path, value)

    def _address(self, target: str, file: str) -> str:
        try:
            return self._find(unquote(target) if "%" in target else target, file)
        except ValueError as error:
            raise CannotInline(f"{target} in {file} is no address: {error}") from None

    def _file(self, address: str) -> Any:
        if address not in self._files:
            if len(self._files) > MOST_FILES:
                raise CannotInline(f"refers to more than {MOST_FILES} files")
            try:
                data = self._read(address)
            except CairnError as error:
                raise CannotInline(f"could not read {address}: {error.message}") from None
            if len(data) > MOST_BYTES:
                raise _too_large(address)
            self._files[address] = _parsed(data, address)[0]
        return self._files[address]

    def _count(self, value: Any, at: Path) -> None:
        self._nodes += 1
        self._letters += len(value) if isinstance(value, str) else 1
        if len(at) > MOST_DEPTH or self._nodes > MOST_NODES:
            raise CannotInline("is too deep or has too many values, with all that it refers to")
        if self._letters > MOST_BYTES:
            raise _too_large()


def _too_large(address: str = "") -> CannotInline:
    return CannotInline(f"{address or 'with all that it refers to, it'} is larger than {MOST_BYTES // 1024 // 1024} MB")


def _parsed(data: bytes, address: str) -> tuple[Any, bool]:
    """The value of a file and whether it is JSON; a file that is neither JSON nor YAML is its text."""
    try:
        return json.loads(data), True
    except (ValueError, RecursionError):
        pass
    try:
        return yaml12.load(data), False
    except yaml12.YamlProblem as problem:
        if address.partition("?")[0].endswith(_DATA_FILES):
            raise CannotInline(f"{address}, line {problem.line}: {problem.message}") from None
        return data.decode("utf-8", errors="replace"), False


def _parts(fragment: str, ref: str, file: str) -> list[str]:
    """The steps of a JSON pointer."""
    if fragment and not fragment.startswith("/"):
        raise CannotInline(f"{ref} in {file} has a name after the #; write the way, such as #/components/schemas/Order")
    return [part.replace("~1", "/").replace("~0", "~") for part in unquote(fragment).split("/")[1:]]


def _key_in(value: Any, part: str) -> str | int | None:
    if isinstance(value, dict):
        return part if part in value else None
    return int(part) if isinstance(value, list) and part.isdecimal() and int(part) < len(value) else None


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
    is_text = isinstance(yaml12.plain(text), str)
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style=("|" if "\n" in text else None) if is_text else '"'
    )


_Dumper.add_representer(str, _text)


def _yaml(document: dict[str, Any]) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
