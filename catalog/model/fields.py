"""Formats of the fields that every entity has, as Backstage's policies check them (ADR 2, catalog-model 1.10)."""

import re
from collections.abc import Iterator, Set
from typing import Any

from catalog.model.whatwg import is_absolute_url

Path = tuple[str | int, ...]
Complaint = tuple[Path, str]

NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\Z")
DNS_LABEL = re.compile(r"[a-z0-9]+(?:-+[a-z0-9]+)*\Z")
KIND = re.compile(r"[a-zA-Z][a-z0-9A-Z]*\Z")
VERSION = re.compile(r"[a-z0-9A-Z]+\Z")
TAG = re.compile(r"[a-z0-9:+#]+(-[a-z0-9:+#]+)*\Z")
#: What JavaScript takes for blank, which is not all that Python does.
_BLANKS = "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
#: The keys whose values have to be text before anybody looks at the keys.
_ONE_LINE = re.compile(r"[^\n\r\u2028\u2029]+\Z")
ROOT_FIELDS = frozenset({"apiVersion", "kind", "metadata", "spec"})
OUTPUT_FIELDS = frozenset({"relations", "status"})

NAME_RULE = "a string that is sequences of [a-zA-Z0-9] separated by any of [-_.], at most 63 characters in total"
NAMESPACE_RULE = "a string that is sequences of [a-z0-9] separated by [-], at most 63 characters in total"
KIND_RULE = "a string that is a sequence of [a-zA-Z][a-z0-9A-Z], at most 63 characters in total"
TAG_RULE = "a string that is sequences of [a-z0-9+#:] separated by [-], at most 63 characters in total"
KEY_RULE = "a valid prefix and/or suffix"


def fits(pattern: re.Pattern[str], text: Any) -> bool:
    """Whether ``text`` is a string of 1 to 63 characters that is ``pattern``."""
    return isinstance(text, str) and 1 <= len(text) <= 63 and bool(pattern.match(text))


def is_prefix(text: str) -> bool:
    """Whether ``text`` is a lower-case DNS subdomain."""
    return 1 <= len(text) <= 253 and all(fits(DNS_LABEL, label) for label in text.split("."))


def is_key(text: str, suffix: re.Pattern[str]) -> bool:
    """Whether ``text`` is an optional DNS prefix and a suffix, joined by one slash."""
    parts = text.split("/")
    if len(parts) == 1:
        return fits(suffix, parts[0])
    return len(parts) == 2 and is_prefix(parts[0]) and fits(suffix, parts[1])


def envelope_complaints(document: dict[str, Any]) -> Iterator[Complaint]:
    """What is wrong with the parts without which a document is not an entity at all."""
    for key in ("apiVersion", "kind", "metadata"):
        if key not in document:
            yield (), f"must have required property '{key}'"
    for key in ("apiVersion", "kind"):
        yield from _string(document, (key,))
    metadata = document["metadata"]
    if not isinstance(metadata, dict):
        yield ("metadata",), "must be object"
        return
    yield from _string(metadata, ("metadata", "name"))
    if "namespace" in metadata:
        yield from _string(metadata, ("metadata", "namespace"))


def _string(holder: dict[str, Any], path: Path) -> Iterator[Complaint]:
    key = path[-1]
    if key not in holder:
        yield path[:-1], f"must have required property '{key}'"
    elif not isinstance(holder[str(key)], str):
        yield path, "must be string"
    elif not holder[str(key)]:
        yield path, "must NOT have fewer than 1 characters"


def shape_complaints(document: dict[str, Any]) -> Iterator[Complaint]:
    """What is wrong with the types of metadata and spec."""
    metadata = document["metadata"]
    for key in ("uid", "etag", "title"):
        if key in metadata:
            yield from _string(metadata, ("metadata", key))
    if "description" in metadata and not isinstance(metadata["description"], str):
        yield ("metadata", "description"), "must be string"
    for key in ("labels", "annotations"):
        yield from _string_map(metadata, key)
    if "tags" in metadata:
        yield from _strings(metadata["tags"], ("metadata", "tags"))
    if "links" in metadata:
        yield from _links(metadata["links"])
    if "spec" in document and not isinstance(document["spec"], dict):
        yield ("spec",), "must be object"


def _string_map(metadata: dict[str, Any], key: str) -> Iterator[Complaint]:
    if key not in metadata:
        return
    if not isinstance(metadata[key], dict):
        yield ("metadata", key), "must be object"
        return
    for name, value in metadata[key].items():
        if not isinstance(value, str) and _ONE_LINE.match(name):
            yield ("metadata", key, name), "must be string"


def _strings(value: Any, path: Path) -> Iterator[Complaint]:
    if not isinstance(value, list):
        yield path, "must be array"
        return
    for index, item in enumerate(value):
        if not isinstance(item, str):
            yield (*path, index), "must be string"
        elif not item:
            yield (*path, index), "must NOT have fewer than 1 characters"


def _links(links: Any) -> Iterator[Complaint]:
    if not isinstance(links, list):
        yield ("metadata", "links"), "must be array"
        return
    for index, link in enumerate(links):
        path: Path = ("metadata", "links", index)
        if not isinstance(link, dict):
            yield path, "must be object"
            continue
        yield from _string(link, (*path, "url"))
        for key in ("title", "icon", "type"):
            if key in link:
                yield from _string(link, (*path, key))


def root_complaints(document: dict[str, Any]) -> Iterator[Complaint]:
    """Fields that nothing has at its root."""
    yield from _unknown(document, document.keys() - ROOT_FIELDS - OUTPUT_FIELDS)


def output_complaints(document: dict[str, Any]) -> Iterator[Complaint]:
    """Fields that only what comes out of a catalog has at its root."""
    yield from _unknown(document, OUTPUT_FIELDS)


def _unknown(document: dict[str, Any], keys: Set[str]) -> Iterator[Complaint]:
    yield from (((key,), f"Unknown field {key}") for key in document if key in keys)


def format_complaints(document: dict[str, Any]) -> Iterator[Complaint]:
    """What is wrong with the formats of names, keys, tags and links."""
    metadata = document["metadata"]
    if not is_key(document["apiVersion"], VERSION):
        yield ("apiVersion",), _not("apiVersion", KEY_RULE, document["apiVersion"])
    if not fits(KIND, document["kind"]):
        yield ("kind",), _not("kind", KIND_RULE, document["kind"])
    if not fits(NAME, metadata["name"]):
        yield ("metadata", "name"), _not("metadata.name", NAME_RULE, metadata["name"])
    if not fits(DNS_LABEL, metadata["namespace"]):
        yield ("metadata", "namespace"), _not("metadata.namespace", NAMESPACE_RULE, metadata["namespace"])
    yield from _map_formats(metadata)
    for index, tag in enumerate(metadata.get("tags", [])):
        if not fits(TAG, tag):
            yield ("metadata", "tags", index), _not(f"tags.{index}", TAG_RULE, tag)
    for index, link in enumerate(metadata.get("links", [])):
        yield from _link_formats(index, link)


def _map_formats(metadata: dict[str, Any]) -> Iterator[Complaint]:
    for key, value in metadata.get("labels", {}).items():
        if not is_key(key, NAME):
            yield ("metadata", "labels", key), _not(f"labels.{key}", KEY_RULE, key)
        elif value and not fits(NAME, value):
            yield ("metadata", "labels", key), _not(f"labels.{key}", NAME_RULE, value)
    for key in metadata.get("annotations", {}):
        if not is_key(key, NAME):
            yield ("metadata", "annotations", key), _not(f"annotations.{key}", KEY_RULE, key)


def _link_formats(index: int, link: dict[str, Any]) -> Iterator[Complaint]:
    if not is_absolute_url(link["url"]):
        yield (
            ("metadata", "links", index, "url"),
            _not(f"links.{index}.url", "a string that is a valid url", link["url"]),
        )
    for key in ("title", "icon"):
        if key in link and not link[key].strip(_BLANKS):
            yield ("metadata", "links", index, key), _not(f"links.{index}.{key}", "a non empty string", link[key])


def _not(field: str, rule: str, found: Any) -> str:
    return f'"{field}" is not valid; expected {rule} but found "{found}"'
