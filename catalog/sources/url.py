"""A file on the web. Addresses of GitHub and GitLab pages are read as the files that they show."""

from collections.abc import Mapping
from http import HTTPStatus

from catalog.config import current
from catalog.hosts import GitHost
from catalog.model.hosted import HostedFile, hosted_file
from catalog.model.urls import raw_address
from catalog.sources.access import token_for
from catalog.sources.base import Reader, SourceFile
from common.errors import NotFound, ProviderError
from common.http import fetch
from integrations.github.client import content_path as github_path
from integrations.gitlab.client import content_path as gitlab_path


class UrlReader(Reader):
    """One address, and what it points at."""

    def __init__(self, target: str) -> None:
        self._target = target

    def files(self) -> list[SourceFile]:
        """The file at the address."""
        return [SourceFile(self._target, self.read(self._target))]

    def read(self, address: str) -> bytes:
        """The bytes at ``address``, asked for with the token of its host where there is one."""
        asked, headers = _asked(address)
        answer = fetch(asked, headers=headers, allow_private=current().hosts_for(asked))
        if answer.status == HTTPStatus.NOT_FOUND:
            raise NotFound(f"There is nothing at {address}.", hint="Check the branch and the path.")
        if answer.status != HTTPStatus.OK:
            hint = "A private repository needs a token of its host." if answer.status in {401, 403} else ""
            raise ProviderError(f"{address} answered {answer.status}.", permanent=True, id="unreadable", hint=hint)
        return answer.body


def _asked(address: str) -> tuple[str, Mapping[str, str]]:
    """Where the content is, and the headers to ask with. A token goes to its host's own API and nowhere else."""
    shown = hosted_file(address)
    host = current().git_host(shown.host) if shown else None
    if shown is None or host is None or not host.has_credentials:
        return raw_address(address), {}
    token = token_for(host, shown.repository.partition("/")[0])
    if not token:
        return raw_address(address), {}
    accept = {"Accept": "application/vnd.github.raw+json"} if host.brand == "github" else {}
    return content_address(host, shown), {"Authorization": f"Bearer {token}", **accept}


def content_address(host: GitHost, file: HostedFile) -> str:
    """Where the API of ``host`` gives out the bytes of ``file``."""
    path = github_path if host.brand == "github" else gitlab_path
    return host.api + path(file.repository, file.path, file.ref)
