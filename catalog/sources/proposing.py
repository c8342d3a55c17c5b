"""Where in a repository an entity stands, and the way by which a change gets there."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol
from urllib.parse import unquote

from catalog import config
from catalog.hosts import GitHost
from catalog.model.hosted import hosted_file
from catalog.models import Entity
from catalog.models.source import PUSHED, SourceKind
from catalog.sources.clients import proposing_client
from catalog.sources.git import GitReader, pushable
from catalog.sources.url import UrlReader
from common.errors import NotFound, PermissionRefused
from integrations.git.remote import parse_remote
from integrations.proposing import Change, Opened


@dataclass(frozen=True, slots=True)
class Place:
    """A file on a branch of a repository. Without a host, changes are pushed to ``repository`` by git."""

    repository: str
    path: str
    branch: str
    host: GitHost | None = None

    @property
    def request(self) -> str:
        """What a change becomes there, in its people's words."""
        if self.host is None:
            return "branch"
        return "pull request" if self.host.brand == "github" else "merge request"


class Way(Protocol):
    """Reads the file at a place as it is now, and hands in a change to it. Everything raises CairnError."""

    def open(self) -> Opened:
        """The file."""

    def read(self, address: str) -> bytes:
        """What the file names, as a sync would read it."""

    def propose(self, change: Change, opened: Opened) -> str:
        """Where the change can be seen; empty where only its branch tells."""


def place_of(entity: Entity) -> Place:
    """Where ``entity`` can be changed by a proposal; PermissionRefused names the place where it must be done by hand.

    Asks nobody.
    """
    place = _place(entity) if entity.source.kind not in PUSHED else None
    if place is None:
        raise PermissionRefused(f"It stands in {entity.location}.", id="elsewhere", hint=_way_out(entity))
    return place


def way_to(place: Place) -> Way:
    """How ``place`` is read and written."""
    return _ByHost(place, place.host) if place.host else _ByGit(place)


def _place(entity: Entity) -> Place | None:
    shown = hosted_file(entity.location)
    host = config.current().git_host(shown.host) if shown else None
    if shown and host and (host.token or host.app_for(shown.repository.partition("/")[0])):
        return Place(shown.repository, shown.path, shown.ref, host)
    return _pushed(entity) if entity.source.kind == SourceKind.GIT else None


def _pushed(entity: Entity) -> Place | None:
    """By git alone: where the portal's own key or rights count. By https it would have a token of the host."""
    remote = parse_remote(entity.source.target)
    rest = entity.location.removeprefix(f"{remote.page}/").removeprefix("-/")
    if remote.scheme not in {"ssh", "file"} or rest == entity.location or rest.count("/") < 2:
        return None
    _, ref, path = rest.split("/", 2)
    return Place(remote.url, unquote(path), unquote(ref))


def _way_out(entity: Entity) -> str:
    shown = hosted_file(entity.location)
    if entity.source.kind not in PUSHED and shown and shown.host:
        return f"Change it there. With a token for {shown.host} under integrations, the portal could propose it."
    return "Change it there."


class _ByHost:
    """By the API of the host, with its token."""

    def __init__(self, place: Place, host: GitHost) -> None:
        self._place = place
        self._client = proposing_client(host, place.repository.partition("/")[0])

    def open(self) -> Opened:
        place = self._place
        try:
            return self._client.open_file(place.repository, place.path, place.branch)
        except NotFound:
            raise _gone(place) from None

    def read(self, address: str) -> bytes:
        return UrlReader(address).read(address)

    def propose(self, change: Change, opened: Opened) -> str:
        return self._client.propose(self._place.repository, change, opened)


class _ByGit:
    """By ``git push``."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._repository = pushable(place.repository)

    @cached_property
    def _reader(self) -> GitReader:
        return GitReader(self._place.repository, {"ref": self._place.branch})

    def open(self) -> Opened:
        self._snapshot = self._repository.snapshot(self._place.branch)
        if self._place.path not in self._snapshot.entries:
            raise _gone(self._place)
        content = self._repository.read(self._snapshot, [self._place.path])[self._place.path]
        return Opened(content, self._snapshot.commit)

    def read(self, address: str) -> bytes:
        return self._reader.read(address)

    def propose(self, change: Change, opened: Opened) -> str:
        self._repository.propose(self._snapshot, change)
        return ""


def _gone(place: Place) -> NotFound:
    message = f"{place.repository} shows no {place.path} on {place.branch} any more."
    hint = "It was moved or taken away, or the portal's token lost its rights; have its source read again."
    return NotFound(message, id="not-in-file", hint=hint)
