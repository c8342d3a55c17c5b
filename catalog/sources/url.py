"""A file on the web. Addresses of GitHub and GitLab pages are read as the files that they show."""

from http import HTTPStatus

from catalog.config import current
from catalog.model.urls import is_url, raw_address
from catalog.sources.base import SourceFile, no_listing
from common.errors import NotFound, ProviderError, UserError
from common.http import fetch


class UrlReader:
    """One address, and what it points at."""

    def __init__(self, target: str) -> None:
        self._target = target

    def files(self) -> list[SourceFile]:
        """The file at the address."""
        return [SourceFile(self._target, self.read(self._target))]

    def read(self, address: str) -> bytes:
        """The bytes at ``address``."""
        if not is_url(address):
            raise UserError(
                f"{address} is not a web address.", id="no-address", hint="It begins with https:// and a host."
            )
        answer = fetch(raw_address(address), allow_private=current().hosts_for(address))
        if answer.status == HTTPStatus.NOT_FOUND:
            raise NotFound(f"There is nothing at {address}.", hint="Check the branch and the path.")
        if answer.status != HTTPStatus.OK:
            hint = "A private repository needs a token of its host." if answer.status in {401, 403} else ""
            raise ProviderError(f"{address} answered {answer.status}.", permanent=True, id="unreadable", hint=hint)
        return answer.body

    def matching(self, pattern: str) -> list[str]:
        """Never: a web address cannot be listed."""
        raise no_listing(pattern)
