"""A file on the web. Addresses of GitHub and GitLab pages are read as the files that they show."""

from http import HTTPStatus

from catalog.config import current
from catalog.model.hosted import HostedFile, hosted_file
from catalog.model.urls import is_url, raw_address
from catalog.sources.access import token_for
from catalog.sources.base import Reader, SourceFile
from catalog.sources.clients import content_of
from common.errors import NotFound, ProviderError, UserError
from common.http import fetch


class UrlReader(Reader):
    """One address, and what it points at."""

    def __init__(self, target: str) -> None:
        self._target = target

    def files(self) -> list[SourceFile]:
        """The file at the address."""
        return [SourceFile(self._target, self.read(self._target))]

    def read(self, address: str) -> bytes:
        """The bytes at ``address``, asked for with the token of its host where there is one."""
        if not is_url(address):
            hint = "It begins with https:// and a host."
            raise UserError(f"{address} is not a web address.", id="no-address", hint=hint)
        shown = hosted_file(address)
        data = _read_with_token(shown) if shown and _has_token(shown) else _read(address)
        if data is None:
            raise NotFound(f"There is nothing at {address}.", hint="Check the branch and the path.")
        return data


def _has_token(shown: HostedFile) -> bool:
    host = current().git_host(shown.host)
    return bool(host and host.has_credentials and token_for(host, shown.repository.partition("/")[0]))


def _read_with_token(shown: HostedFile) -> bytes | None:
    """By the API of the host, which is where its token goes and nowhere else."""
    host = current().git_host(shown.host)
    assert host
    return content_of(host, shown.repository, shown.path, shown.ref)


def _read(address: str) -> bytes | None:
    asked = raw_address(address)
    answer = fetch(asked, allow_private=current().hosts_for(asked))
    if answer.status == HTTPStatus.NOT_FOUND:
        return None
    if answer.status != HTTPStatus.OK:
        hint = "A private repository needs a token of its host." if answer.status in {401, 403} else ""
        raise ProviderError(f"{address} answered {answer.status}.", permanent=True, id="unreadable", hint=hint)
    return answer.body
