"""The repositories of a GitHub organisation in our words."""

from collections.abc import Mapping
from typing import Any

from catalog.config import current
from catalog.hosts import GitHost
from catalog.model.hosted import page_root
from catalog.models import Source
from catalog.sources.answers import StoredAnswers
from catalog.sources.clients import github_client
from catalog.sources.discovery import DiscoveryReader
from catalog.sources.options import owner_of, pattern_of
from catalog.sources.snapshot import Found
from integrations.github.client import GitHub
from integrations.github.payloads import Repository
from integrations.rest import Answers, Budget

DEFAULT_PATH = "/catalog-info.yaml"


def github_reader(source: Source, *, only: str = "", sample: int = 0) -> DiscoveryReader:
    """What reads ``source``, of kind ``github``, or just the repository ``only`` of it, or the first ``sample``."""
    answers = StoredAnswers(source)
    host = GitHubHost(source.target, source.options, answers)
    return DiscoveryReader(
        host, answers, str(source.options.get("catalog_path") or DEFAULT_PATH), only=only, sample=sample
    )


def client_for(target: str, answers: Answers) -> tuple[GitHub, GitHost, str]:
    """A client for the organisation at ``target``, its host, and its name."""
    netloc, owner = owner_of(target)
    host = current().git_host(netloc, "github")
    assert host
    return github_client(host, owner, answers), host, owner


class GitHubHost:
    """An organisation's repositories, as ``options`` choose them."""

    def __init__(self, target: str, options: Mapping[str, Any], answers: Answers) -> None:
        self._client, host, self._owner = client_for(target, answers)
        self.netloc, self._web = host.host, host.web
        self._filters = options.get("filters") or {}

    @property
    def budget(self) -> Budget | None:
        """As the last answer told it."""
        return self._client.budget

    def repositories(self) -> list[Found]:
        """Those that the filters choose."""
        found = self._client.repositories(self._owner)
        return [self._found(one) for one in found if is_chosen(one, self._filters)]

    def repository(self, name: str) -> Found | None:
        """One of those."""
        one = self._client.repository(name)
        return self._found(one) if is_chosen(one, self._filters) else None

    def paths(self, found: Found) -> list[str]:
        """The paths of all files."""
        return self._client.paths(found.name, found.ref)

    def content(self, found: Found, path: str) -> bytes | None:
        """One file."""
        return self._client.file(found.name, path, found.ref)

    def commit(self, found: Found) -> str:
        """The commit of the branch."""
        return self._client.commit(found.name, found.ref)

    def _found(self, one: Repository) -> Found:
        ref = str(self._filters.get("branch") or one.default_branch)
        root = page_root(f"{self._web}/{one.full_name}", ref)
        return Found(f"repository:{one.id}", one.full_name, ref, root, one.pushed_at)


def is_chosen(one: Repository, filters: Mapping[str, Any]) -> bool:
    """Whether ``filters`` let a repository in; as in Backstage, archived ones are out and forks in. Pure."""
    topic = filters.get("topic") or {}
    include, exclude = set(topic.get("include") or ()), set(topic.get("exclude") or ())
    visibility = filters.get("visibility") or ()
    return (
        pattern_of(filters.get("repository"))(one.name)
        and (not visibility or one.visibility in visibility)
        and (not include or bool(include & set(one.topics)))
        and not exclude & set(one.topics)
        and (not one.archived or bool(filters.get("allow_archived", False)))
        and (not one.fork or bool(filters.get("allow_forks", True)))
    )
