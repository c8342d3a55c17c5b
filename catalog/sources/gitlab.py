"""The projects of a GitLab group in our words."""

import re
from collections.abc import Mapping
from typing import Any

from catalog.config import current
from catalog.hosts import GitHost
from catalog.model.hosted import page_root
from catalog.models import Source
from catalog.sources.answers import StoredAnswers
from catalog.sources.clients import gitlab_client
from catalog.sources.discovery import DiscoveryReader
from catalog.sources.options import owner_of
from catalog.sources.snapshot import Found
from integrations.gitlab.client import GitLab
from integrations.gitlab.payloads import Project
from integrations.rest import Answers, Budget

DEFAULT_PATH = "catalog-info.yaml"


def gitlab_reader(source: Source, *, only: str = "", sample: int = 0) -> DiscoveryReader:
    """What reads ``source``, of kind ``gitlab``, or just the project ``only`` of it, or the first ``sample``."""
    answers = StoredAnswers(source)
    host = GitLabHost(source.target, source.options, answers)
    return DiscoveryReader(
        host, answers, str(source.options.get("catalog_path") or DEFAULT_PATH), only=only, sample=sample
    )


def client_for(target: str, answers: Answers) -> tuple[GitLab, GitHost, str]:
    """A client for the group at ``target``, its host, and the group's path, empty for the whole host."""
    netloc, group = owner_of(target)
    host = current().git_host(netloc, "gitlab")
    assert host
    return gitlab_client(host, group, answers), host, group


class GitLabHost:
    """A group's projects, as ``options`` choose them.

    GitLab does not tell reliably when something was pushed, so that each project is asked for its file; the ETag
    spares the transfer.
    """

    def __init__(self, target: str, options: Mapping[str, Any], answers: Answers) -> None:
        self._client, host, self._group = client_for(target, answers)
        self.netloc, self._web, self._options = host.host, host.web, options

    @property
    def budget(self) -> Budget | None:
        """As the last answer told it."""
        return self._client.budget

    def repositories(self) -> list[Found]:
        """Those that the options choose and that have something in them."""
        chosen = (one for one in self._client.projects(self._group) if is_chosen(one, self._options))
        return [self._found(one, ref) for one in chosen if (ref := self._ref(one))]

    def repository(self, name: str) -> Found | None:
        """One of those."""
        one = self._client.project(name)
        ref = self._ref(one)
        return self._found(one, ref) if ref and is_chosen(one, self._options) else None

    def paths(self, found: Found) -> list[str]:
        """The paths of all files."""
        return self._client.paths(found.name, found.ref)

    def content(self, found: Found, path: str) -> bytes | None:
        """One file."""
        return self._client.file(found.name, path, found.ref)

    def commit(self, found: Found) -> str:
        """The commit of the branch."""
        return self._client.commit(found.name, found.ref)

    def _ref(self, one: Project) -> str:
        return str(self._options.get("branch") or one.default_branch or self._options.get("fallback_branch") or "")

    def _found(self, one: Project, ref: str) -> Found:
        return Found(f"repository:{one.id}", one.path, ref, page_root(f"{self._web}/{one.path}", ref, gitlab=True))


def is_chosen(one: Project, options: Mapping[str, Any]) -> bool:
    """Whether ``options`` let a project in; as in Backstage, archived ones are out and forks in. Pure."""
    excluded = {str(path).strip("/").lower() for path in options.get("exclude") or ()}
    return (
        bool(re.search(str(options.get("project_pattern") or ""), one.path))
        and one.path.lower() not in excluded
        and set(options.get("topics") or ()) <= set(one.topics)
        and (not one.archived or bool(options.get("include_archived", False)))
        and not (one.fork and options.get("skip_forks", False))
    )
