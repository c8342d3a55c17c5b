"""Placeholders: ``$text``, ``$json``, ``$yaml``, ``$openapi`` and ``$asyncapi`` stand for what another file says. Pure
but for ``read``, which is given."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from catalog.ingest.documents import Path
from catalog.ingest.inline_refs import inline_refs
from catalog.ingest.ref_files import CannotInline
from catalog.model.urls import is_url, resolve_url, same_repository
from catalog.model.whatwg import is_absolute_url
from common import yaml12
from common.errors import CairnError

Read = Callable[[str], bytes]
PLACEHOLDERS = ("$text", "$json", "$yaml", "$openapi", "$asyncapi")
#: Those that Backstage knows without further modules.
CORE_PLACEHOLDERS = ("$text", "$json", "$yaml")
#: These stand for text, the others for data.
TEXTUAL = ("$text", "$openapi", "$asyncapi")
#: Specifications, which may lie in several files.
SPECIFICATIONS = ("$openapi", "$asyncapi")
#: Backstage has noted where an entity comes from before it looks for placeholders; this map never has one key alone.
ANNOTATIONS = ("metadata", "annotations")
MOST_BYTES = 2 * 1024 * 1024


class BadPlaceholder(Exception):
    """A placeholder that cannot be filled in."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path, self.message = path, message


@dataclass(slots=True)
class Resolution:
    """What filling in took: which placeholders are known and which addresses were read."""

    known: tuple[str, ...]
    reads: list[str] = field(default_factory=list)


def resolve(
    document: dict[str, Any], *, url: str, read: Read | None, known: tuple[str, ...] = PLACEHOLDERS
) -> tuple[dict[str, Any], Resolution]:
    """``document`` with its placeholders filled in relative to ``url``, and null for numbers that JSON cannot say.

    Without ``read`` each stands for an empty map, as text or as data, which is enough to judge the rest.
    """
    resolution = Resolution(known)
    if not _has_special(document):
        return document, resolution
    return _resolved(document, (), url, read, resolution), resolution


def _has_special(value: Any) -> bool:
    """Whether ``value`` has a placeholder or a number that JSON cannot say; most have neither, and are not copied."""
    if isinstance(value, dict):
        return _is_marked(value) or any(map(_has_special, value.values()))
    if isinstance(value, list):
        return any(map(_has_special, value))
    return isinstance(value, float) and not isfinite(value)


def names_in(document: dict[str, Any], known: tuple[str, ...]) -> tuple[str, ...]:
    """The placeholders that ``document`` uses, sorted."""
    if not _has_special(document):
        return ()
    return tuple(sorted({key for _, key, _ in placeholders_in(document, known=known)}))


def placeholders_in(
    value: Any, path: Path = (), *, known: tuple[str, ...] = PLACEHOLDERS
) -> Iterator[tuple[Path, str, Any]]:
    """Every placeholder in ``value``: where it is, its name, and what it holds."""
    if isinstance(value, dict):
        if _is_marked(value):
            is_alone = len(value) == 1 and path != ANNOTATIONS
            yield from ((path, key, item) for key, item in value.items() if is_alone and key in known)
            return
        for name, item in value.items():
            yield from placeholders_in(item, (*path, name), known=known)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from placeholders_in(item, (*path, index), known=known)


def _resolved(value: Any, path: Path, url: str, read: Read | None, resolution: Resolution) -> Any:
    if isinstance(value, dict):
        if _is_marked(value):
            key, target = next(iter(value.items()))
            is_placeholder = len(value) == 1 and key in resolution.known and path != ANNOTATIONS
            return _filled(key, target, path, url, read, resolution) if is_placeholder else value
        return {name: _resolved(item, (*path, name), url, read, resolution) for name, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, (*path, index), url, read, resolution) for index, item in enumerate(value)]
    return None if isinstance(value, float) and not isfinite(value) else value


def _is_marked(value: dict[str, Any]) -> bool:
    """Whether a map has a key with a dollar sign: it is a placeholder or left alone, with everything in it."""
    return any(key[:1] == "$" for key in value)


def _filled(key: str, target: Any, path: Path, url: str, read: Read | None, resolution: Resolution) -> Any:
    if not isinstance(target, str):
        raise BadPlaceholder(path, f"{key} takes one address or path.")
    address = resolve_target(target, url, path, key)
    resolution.reads.append(address)
    if read is None:
        return "{}" if key in TEXTUAL else {}
    try:
        data = read(address)
    except CairnError as error:
        raise BadPlaceholder(path, f"{key} could not read {address}: {error.message}") from None
    if len(data) > MOST_BYTES:
        raise BadPlaceholder(path, f"{key} read more than {MOST_BYTES // 1024 // 1024} MB from {address}.")
    if key in SPECIFICATIONS:
        return _inlined(key, data, path, address, url, read, resolution)
    return _decoded(key, data, path, address)


def _inlined(key: str, data: bytes, path: Path, address: str, url: str, read: Read, resolution: Resolution) -> str:
    """A specification as one document; whatever else was read for it counts as read for the entity."""

    def read_too(other: str) -> bytes:
        resolution.reads.append(other)
        return read(other)

    def find(target: str, file: str) -> str:
        return resolve_target(resolve_url(target, file), url, path, key)

    try:
        return inline_refs(data, url=address, read=read_too, find=find)
    except CannotInline as error:
        raise BadPlaceholder(path, f"{key} of {address}: {error}.") from None


def _decoded(key: str, data: bytes, path: Path, address: str) -> Any:
    text = data.decode("utf-8", errors="replace")
    try:
        if key == "$json":
            return json.loads(text)
        if key == "$yaml":
            return yaml12.load(data)
    except (ValueError, RecursionError) as error:
        raise BadPlaceholder(path, f"{address} is not JSON: {error}") from None
    except yaml12.YamlProblem as problem:
        raise BadPlaceholder(path, f"{address}, line {problem.line}: {problem.message}") from None
    return text


def resolve_target(target: str, url: str, path: Path, key: str) -> str:
    """The address that ``target`` means in a file at ``url``, which must be in the same repository."""
    address = resolve_url(target, url)
    if is_url(url) and not is_absolute_url(address):
        raise BadPlaceholder(path, f"Placeholder {key} could not form a URL out of {url} and {target}: Invalid URL")
    if is_url(url) and not same_repository(address, url):
        raise BadPlaceholder(
            path,
            f"Placeholder {key} could not form a URL out of {url} and {target}: "
            "Placeholder may only reference files from the same repository",
        )
    return address
