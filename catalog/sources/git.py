"""A repository, read through a bare copy on this machine."""

from collections.abc import Mapping
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from django.conf import settings

from catalog.config import current
from catalog.hosts import GitHost
from catalog.model.globs import matches
from catalog.model.hosted import hosted_file, page_of, page_root
from catalog.model.urls import is_url
from catalog.sources.access import token_for
from catalog.sources.base import MOST_BYTES, Reader, SourceFile
from catalog.sources.url import UrlReader
from common.errors import CairnError, NotFound, UserError
from common.http import reachable_address
from integrations.git.client import SECONDS_TO_FETCH, Repository, Snapshot
from integrations.git.proposing import ProposingRepository
from integrations.git.remote import Remote, parse_remote

DEFAULT_PATH = "catalog-info.yaml"
MOST_FILES = 20_000
_LOGIN_NAME = {"github": "x-access-token", "gitlab": "oauth2"}


class GitReader(Reader):
    """The files of a repository that ``options["path"]`` (a pattern) names, at ``options["ref"]``.

    Files may point at any file of the repository at the same ref; those are read from the copy, too.
    """

    def __init__(self, target: str, options: Mapping[str, Any], *, patience: float = SECONDS_TO_FETCH) -> None:
        self._remote = parse_remote(target)
        self._ref, self._pattern = str(options.get("ref") or ""), str(options.get("path") or DEFAULT_PATH)
        host = current().git_host(self._remote.netloc) if self._remote.host else None
        self._gitlab = bool(host and host.brand == "gitlab")
        folder = Path(settings.DATA_DIR) / "git"
        self._repository = Repository(
            self._remote, folder, reachable=_address_of, login=_login(host, self._remote), patience=patience
        )

    @cached_property
    def _snapshot(self) -> Snapshot:
        return self._repository.snapshot(self._ref)

    @cached_property
    def _root(self) -> str:
        return page_root(self._remote.page, self._snapshot.ref, gitlab=self._gitlab)

    def files(self) -> list[SourceFile]:
        """Those that the pattern names, in order."""
        entries = self._snapshot.entries
        found = sorted(path for path in entries if matches(self._pattern, path))
        if not found:
            message = f"{self._remote.url} holds no {self._pattern} at {self._snapshot.ref}."
            raise NotFound(message, id="no-file", hint="Check the options path and ref.")
        if len(found) > MOST_FILES:
            raise UserError(f"{self._pattern} names {len(found)} files.", id="too-many-files", hint="Narrow the path.")
        readable = [path for path in found if entries[path].size <= MOST_BYTES]
        contents = self._repository.read(self._snapshot, readable)
        return [self._file(path, contents.get(path)) for path in found]

    def read(self, address: str) -> bytes:
        """A file of the same repository and ref from the copy, anything else from the web."""
        path = self._path_of(address)
        if path is None and is_url(address):
            return UrlReader(address).read(address)
        if path is None:
            raise UserError(f"{address} lies outside {self._remote.url}.", id="outside-source")
        if path not in self._snapshot.entries:
            raise NotFound(f"There is no file {path} in {self._remote.url} at {self._snapshot.ref}.")
        if self._snapshot.entries[path].size > MOST_BYTES:
            raise _too_large(path)
        return self._repository.read(self._snapshot, [path])[path]

    def matching(self, pattern: str) -> list[str]:
        """The addresses of the repository's files that ``pattern`` names."""
        path = self._path_of(pattern)
        if path is None:
            raise UserError(f"{pattern} lies outside {self._remote.url}.", id="outside-source")
        return sorted(page_of(self._root, found) for found in self._snapshot.entries if matches(path, found))

    def commit_of(self, address: str) -> str:
        """That of the snapshot, for files of the repository."""
        return self._snapshot.commit if self._path_of(address) is not None else ""

    def finish(self) -> Mapping[str, Any]:
        """The commit, once it is known."""
        return {"commit": self._snapshot.commit} if "_snapshot" in self.__dict__ else {}

    def _file(self, path: str, data: bytes | None) -> SourceFile:
        address = page_of(self._root, path)
        return SourceFile(address, b"", _too_large(path)) if data is None else SourceFile(address, data)

    def _path_of(self, address: str) -> str | None:
        """The path of ``address`` in the repository; None when it is another's, or at another ref."""
        bare = address.partition("#")[0].partition("?")[0]
        if bare.startswith(self._root):
            return unquote(bare.removeprefix(self._root))
        shown = hosted_file(address)
        own = (self._remote.netloc, self._remote.path.lower(), self._snapshot.ref)
        same = shown and (shown.host, shown.repository.lower(), shown.ref) == own
        return shown.path if shown and same else None


def readable(target: str) -> Repository:
    """The repository at ``target``, with what the portal may read with."""
    remote = parse_remote(target)
    host = current().git_host(remote.netloc) if remote.host else None
    folder = Path(settings.DATA_DIR) / "git"
    return Repository(remote, folder, reachable=_address_of, login=_login(host, remote))


def pushable(target: str) -> ProposingRepository:
    """The repository at ``target``, with what the portal may push with."""
    remote = parse_remote(target)
    host = current().git_host(remote.netloc) if remote.host else None
    folder = Path(settings.DATA_DIR) / "git"
    return ProposingRepository(remote, folder, reachable=_address_of, login=_login(host, remote))


def _login(host: GitHost | None, remote: Remote) -> tuple[str, str] | None:
    """User and token for ``remote``; there is none for hosts that the configuration gives no token."""
    if host is None or remote.scheme != "https":
        return None
    token = token_for(host, remote.path.partition("/")[0])
    return (_LOGIN_NAME[host.brand], token) if token else None


def _address_of(remote: Remote) -> IPv4Address | IPv6Address:
    return reachable_address(remote.url, allow_private=current().hosts_for(remote.url))


def _too_large(path: str) -> CairnError:
    message = f"{path} is larger than {MOST_BYTES // 1024 // 1024} MB."
    return UserError(message, id="too-large", hint="Split it.")
