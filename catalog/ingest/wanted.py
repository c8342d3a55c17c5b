"""From verdicts to what the catalog should hold of a source. Pure."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from sys import intern
from typing import Any

from catalog.ingest.diff import digest
from catalog.ingest.documents import FileResult, Problem, Relation, ValidEntity
from catalog.ingest.read import ReadSource
from catalog.ingest.rules import Rule, is_allowed
from catalog.ingest.texts import as_text
from catalog.model.urls import as_tree, is_address, is_url

LOCATION = "backstage.io/managed-by-location"
ORIGIN = "backstage.io/managed-by-origin-location"
_GITLAB = re.compile(r"/-/(?:blob|tree)/")
_PINNED = re.compile(r"/(?:tree|blob)/[0-9a-f]{40}/")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One entity as its source says it."""

    ref: str
    relations: tuple[Relation, ...]
    location: str
    line: int
    #: The document as it is stored, a fifth of the size of its objects; and what tells whether it is another one.
    text: str
    digest: str
    #: The commit of its file, where that is known; no part of what it says.
    commit: str = ""

    @property
    def document(self) -> dict[str, Any]:
        """The document, decoded each time."""
        found: dict[str, Any] = json.loads(self.text)
        return found


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A problem with the file it is in and the entity it is about."""

    file: str
    problem: Problem
    entity_ref: str = ""


class Collected:
    """What the files of a source say, file by file, so that none need be held.

    The first that says a reference keeps it. ``rules`` say which kinds may come from ``origin``.
    """

    def __init__(self, origin: str, rules: Sequence[Rule] = ()) -> None:
        self._origin, self._rules = origin, rules
        self.wanted: dict[str, Wanted] = {}
        self.problems: list[FileProblem] = []

    def add(self, address: str, result: FileResult) -> None:
        """The next file with its verdicts."""
        for verdict in result.verdicts:
            if verdict.problem:
                self.problems.append(FileProblem(address, verdict.problem, _ref_of(verdict.raw)))
            if verdict.entity is not None:
                self._add(address, verdict.entity)

    def _add(self, address: str, entity: ValidEntity) -> None:
        ref = intern(str(entity.ref))
        first = self.wanted.get(ref)
        if not is_allowed(self._rules, entity.document, self._origin):
            self.problems.append(FileProblem(address, _not_allowed(ref, self._origin, entity.line), ref))
        elif first:
            self.problems.append(FileProblem(address, _double(ref, first.location, entity.line), ref))
        else:
            document = annotated(entity.document, address, self._origin)
            self.wanted[ref] = said(ref, document, entity.relations, address, entity.line)


def wanted_of(
    files: Iterable[tuple[str, FileResult]], origin: str, rules: Sequence[Rule] = ()
) -> tuple[dict[str, Wanted], list[FileProblem]]:
    """Entities by reference, and every problem, of files that are in memory already."""
    collected = Collected(origin, rules)
    for address, result in files:
        collected.add(address, result)
    return collected.wanted, collected.problems


def unread_problems(read: ReadSource) -> list[FileProblem]:
    """What could not be read."""
    return [FileProblem(address, problem) for address, problem in read.unread]


def said(ref: str, document: dict[str, Any], relations: tuple[Relation, ...], location: str, line: int = 0) -> Wanted:
    """An entity that the file at ``location`` says."""
    text = as_text(document)
    return Wanted(ref, relations, location, line, text, digest(text, location))


def annotated(document: dict[str, Any], address: str, origin: str) -> dict[str, Any]:
    """``document`` with where it comes from, as Backstage notes it."""
    location = f"url:{as_tree(address)}" if is_address(address) else f"file:{address}"
    if origin == address and address.startswith("portal:"):
        location = address
    added = {LOCATION: location, ORIGIN: origin}
    given = document["metadata"].get("annotations", {})
    added |= {name: given.get(name, value) for name, value in _pages(address).items()}
    return {**document, "metadata": {**document["metadata"], "annotations": {**given, **added}}}


def _pages(address: str) -> dict[str, str]:
    """Where people look at a file, change it, and look at what lies around it; for files on Git hosts."""
    view = as_tree(address)
    if not is_url(view) or not (_GITLAB.search(view) or "/tree/" in view):
        return {}
    folder = _GITLAB.sub("/-/tree/", view, count=1).rsplit("/", 1)[0]
    pages = {"backstage.io/view-url": view, "backstage.io/source-location": f"url:{folder}/"}
    if not _PINNED.search(view):
        edit = _GITLAB.sub("/-/edit/", view, count=1) if _GITLAB.search(view) else view.replace("/tree/", "/edit/", 1)
        pages["backstage.io/edit-url"] = edit
    return pages


def _not_allowed(ref: str, origin: str, line: int) -> Problem:
    message = f"{ref} is not of a kind that may come from {origin}."
    return Problem("policy", message, ("kind",), "catalog.rules in app-config.yaml says which may.", line=line)


def _double(ref: str, first: str, line: int) -> Problem:
    message = f"{ref} is here again; the one in {first} counts."
    return Problem("conflict", message, ("metadata", "name"), "Rename one, or take one away.", line=line)


def _ref_of(raw: dict[str, Any] | None) -> str:
    """The reference of a document that is not valid, as far as it can be told."""
    metadata = (raw or {}).get("metadata")
    if not raw or not isinstance(metadata, dict) or not isinstance(raw.get("kind"), str):
        return ""
    name, namespace = metadata.get("name"), metadata.get("namespace") or "default"
    return f"{raw['kind']}:{namespace}/{name}".lower()[:400] if isinstance(name, str) else ""
