"""What references into other files lead to. Pure but for ``read`` and ``find``, which are given."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from catalog.ingest.documents import Path
from common import yaml12
from common.errors import CairnError
from common.numbers import parse_digits

MOST_FILES = 200
MOST_BYTES = 2 * 1024 * 1024
_DATA_FILES = (".yaml", ".yml", ".json")

Read = Callable[[str], bytes]
#: From a target and the address of the file that holds it to an absolute address; may refuse.
Find = Callable[[str, str], str]


class CannotInline(Exception):
    """Why a specification cannot be made one document."""


class Files:
    """The root and what it refers to, read when it is asked for."""

    def __init__(self, root: Any, url: str, read: Read, find: Find) -> None:
        self._files: dict[str, Any] = {url: root}
        self._read, self._find = read, find

    def target(self, ref: str, file: str, seen: set[tuple[str, str]] | None = None) -> tuple[str, Path, Any]:
        """File, place in it and value that ``ref`` leads to in the end, whatever references are on the way."""
        seen = seen if seen is not None else set()
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
        """Further, while there is nothing but a reference."""
        is_pure = is_reference(value) and len(value) == 1
        return self.target(value["$ref"], where, seen) if is_pure else (where, path, value)

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
                raise too_large(address)
            self._files[address] = parsed(data, address)[0]
        return self._files[address]


def is_reference(value: Any) -> bool:
    """Whether ``value`` is a map that refers to something."""
    return isinstance(value, dict) and isinstance(value.get("$ref"), str)


def too_large(address: str = "") -> CannotInline:
    """What is said of a file, or of the whole."""
    return CannotInline(f"{address or 'with all that it refers to, it'} is larger than {MOST_BYTES // 1024 // 1024} MB")


def parsed(data: bytes, address: str) -> tuple[Any, bool]:
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
    index = parse_digits(part, most=len(value)) if isinstance(value, list) else None
    return index if index is not None and index < len(value) else None
