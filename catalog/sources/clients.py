"""Clients of Git hosts, with the credentials that the configuration gives."""

from catalog.config import current
from catalog.hosts import GitHost
from catalog.sources.access import token_for
from integrations.github.client import GitHub
from integrations.github.proposing import ProposingGitHub
from integrations.gitlab.client import GitLab
from integrations.gitlab.proposing import ProposingGitLab
from integrations.rest import Answers


def github_client(host: GitHost, owner: str, answers: Answers | None = None) -> GitHub:
    """A client for what ``owner`` has on a GitHub."""
    allowed = current().hosts_for(host.api)
    return GitHub(host.api, token=lambda: token_for(host, owner), answers=answers, allow_private=allowed)


def gitlab_client(host: GitHost, group: str, answers: Answers | None = None) -> GitLab:
    """A client for what ``group`` has on a GitLab."""
    allowed = current().hosts_for(host.api)
    return GitLab(host.api, token=lambda: token_for(host, group), answers=answers, allow_private=allowed)


def content_of(host: GitHost, repository: str, path: str, ref: str) -> bytes | None:
    """A file of a repository, by the host's own API; None when there is none."""
    client = (github_client if host.brand == "github" else gitlab_client)(host, repository.partition("/")[0])
    return client.file(repository, path, ref)


def proposing_client(host: GitHost, owner: str) -> ProposingGitHub | ProposingGitLab:
    """A client that proposes changes to what ``owner`` has on a host."""
    made = ProposingGitHub if host.brand == "github" else ProposingGitLab
    return made(host.api, token=lambda: token_for(host, owner), allow_private=current().hosts_for(host.api))
