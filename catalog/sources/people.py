"""People and teams of a Git host as documents, which go through the pipeline like any file's."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from catalog.sources.answers import StoredAnswers
from catalog.sources.base import Reader, SourceFile
from catalog.sources.budgets import budget_facts, sample_facts
from catalog.sources.url import UrlReader
from common.errors import CairnError
from integrations.rest import Budget

API_VERSION = "backstage.io/v1alpha1"


@dataclass(frozen=True, slots=True)
class Member:
    """A person as an entity. ``address`` is their page; ``error``: why nothing more than the name is known."""

    name: str
    address: str
    display_name: str = ""
    email: str = ""
    picture: str = ""
    description: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)
    teams: Sequence[str] = ()
    error: CairnError | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """A team as an entity; ``parent`` and ``children`` are names of others."""

    name: str
    address: str
    display_name: str = ""
    description: str = ""
    picture: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)
    parent: str = ""
    children: Sequence[str] = ()


class Directory(Protocol):
    """Where people are listed."""

    @property
    def budget(self) -> Budget | None:
        """What the host still answers."""

    def read(self, most: int = 0) -> tuple[list[Team], list[Member], int]:
        """Every team, everybody (or the first ``most``), and how many there are; or CairnError: never less."""


class PeopleReader(Reader):
    """Reads a directory, or with ``sample`` all teams and the first so many people."""

    def __init__(self, directory: Directory, answers: StoredAnswers, *, sample: int = 0) -> None:
        self._directory, self._answers, self._sample = directory, answers, sample
        self._complete = False
        self._read = self._there = 0

    def files(self) -> list[SourceFile]:
        """A document for each team and each person."""
        self._answers.load()
        teams, members, self._there = self._directory.read(self._sample)
        self._read, self._complete = len(members), not self._sample
        groups = [SourceFile(team.address, _bytes(group_document(team))) for team in teams]
        return groups + [SourceFile(one.address, _bytes(user_document(one)), one.error) for one in members]

    def read(self, address: str) -> bytes:
        """These documents point at nothing; whoever asks is answered from the web."""
        return UrlReader(address).read(address)

    def finish(self) -> Mapping[str, Any]:
        """Keep the answers, and tell the budget."""
        self._answers.save(complete=self._complete)
        return {**budget_facts(self._directory.budget), **sample_facts(self._read, self._there)}


def user_document(one: Member) -> dict[str, Any]:
    """A User. Pure."""
    profile = {"displayName": one.display_name, "email": one.email, "picture": one.picture}
    spec = {"profile": _present(profile), "memberOf": sorted(one.teams)}
    return _document("User", one.name, one.description, one.annotations, spec)


def group_document(team: Team) -> dict[str, Any]:
    """A Group. Pure."""
    profile = _present({"displayName": team.display_name, "picture": team.picture})
    above = {"parent": team.parent} if team.parent else {}
    spec = {"type": "team", "profile": profile, "children": sorted(team.children), **above}
    return _document("Group", team.name, team.description, team.annotations, spec)


def _document(
    kind: str, name: str, description: str, annotations: Mapping[str, str], spec: Mapping[str, Any]
) -> dict[str, Any]:
    metadata = {"name": name, **_present({"description": description}), "annotations": dict(annotations)}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def _present(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}


def _bytes(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()
