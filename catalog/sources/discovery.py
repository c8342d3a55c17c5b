"""The repositories of an organisation as one source, whatever host they are on.

Nothing is lost by a failure: a repository that cannot be read keeps what it said, and when the host refuses or is
silent the whole source keeps what it had. What was read until then is kept, so that the next sync goes on there.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, Protocol

from catalog.model.globs import has_wildcard, matches
from catalog.model.hosted import hosted_file, page_of
from catalog.model.urls import is_url
from catalog.sources.answers import StoredAnswers
from catalog.sources.base import Reader, SourceFile, no_listing
from catalog.sources.budgets import budget_facts, sample_facts
from catalog.sources.snapshot import Found, Snapshot, load
from catalog.sources.url import UrlReader
from common.errors import CairnError, NotFound, ProviderError, RateLimited, UserError
from integrations.rest import Budget

READERS_AT_ONCE = 8
#: After so many repositories whose host did not answer, the host is taken to be away.
MOST_SILENT = 5
_SILENT = frozenset({"no-answer", "unknown-host"})
#: What would refuse every other repository, too.
_FOR_ALL = frozenset({"login-refused", "app-refused", "no-installation", "bad-key"})


class Host(Protocol):
    """A Git host in our words. Methods raise CairnError and are called from several threads."""

    #: Host and port as in addresses of its pages.
    netloc: str

    @property
    def budget(self) -> Budget | None:
        """What it still answers."""

    def repositories(self) -> list[Found]:
        """Those that the options choose: all of them, or an error."""

    def repository(self, name: str) -> Found | None:
        """One of those, by its full name; None when the options do not choose it."""

    def paths(self, found: Found) -> list[str]:
        """The paths of all its files. NotFound when it or its branch is not there."""

    def content(self, found: Found, path: str) -> bytes | None:
        """One file; None when there is none."""

    def commit(self, found: Found) -> str:
        """The commit that it is at."""


class DiscoveryReader(Reader):
    """Reads ``pattern`` in every repository that ``host`` gives; with ``only`` in that one, with ``sample`` in the
    first so many."""

    def __init__(self, host: Host, answers: StoredAnswers, pattern: str, *, only: str = "", sample: int = 0) -> None:
        self._host, self._answers, self.pattern, self._only = host, answers, pattern.lstrip("/"), only
        self._places: dict[tuple[str, str], Found] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._complete, self._sample, self._count = False, sample, 0
        self._asked: set[tuple[str, str]] = set()
        self._silent, self._lock = 0, Lock()

    def files(self) -> list[SourceFile]:
        """The catalog files of all repositories. A repository that fails has its files with the error."""
        self._answers.load()
        repositories = self._repositories()
        self._count = len(repositories)
        if self._sample:
            repositories = repositories[: self._sample]
        self._places = {found.place: found for found in repositories}
        with ThreadPoolExecutor(READERS_AT_ONCE) as pool:
            lists = list(pool.map(self._files_of, repositories))
        self._complete = not (self._only or self._sample)
        return [file for files in lists for file in files]

    def read(self, address: str) -> bytes:
        """A file of one of the repositories, or anything on the web."""
        shown = hosted_file(address)
        found = self._places.get((shown.repository.lower(), shown.ref)) if shown else None
        if not shown or found is None or shown.host != self._host.netloc:
            if is_url(address):
                return UrlReader(address).read(address)
            raise UserError(f"{address} is no web address.", id="outside-source")
        # A repository that could not be read has none, and what is kept of it stays as it is.
        snapshot = self._snapshots.get(found.key, Snapshot(found.root))
        known = snapshot.files.get(shown.path, snapshot.reads.get(shown.path))
        data = self._host.content(found, shown.path) if known is None else known
        if data is None:
            raise NotFound(f"There is nothing at {address}.", hint="Check the branch and the path.")
        snapshot.reads[shown.path] = data
        self._asked.add((found.key, shown.path))
        return data

    def matching(self, pattern: str) -> list[str]:
        """The addresses of files of one of the repositories that ``pattern`` names."""
        shown = hosted_file(pattern)
        found = self._places.get((shown.repository.lower(), shown.ref)) if shown else None
        if not shown or found is None or shown.host != self._host.netloc:
            raise no_listing(pattern)
        snapshot = self._snapshots.get(found.key, Snapshot(found.root))
        if shown.path not in snapshot.lists:
            paths = self._host.paths(found)
            snapshot.lists[shown.path] = sorted(path for path in paths if matches(shown.path, path))
        return sorted(page_of(found.root, path) for path in snapshot.lists[shown.path])

    def roots(self) -> list[str]:
        """What the addresses of the repositories that were read begin with."""
        return [self._snapshots[found.key].root for found in self._places.values() if found.key in self._snapshots]

    def commit_of(self, address: str) -> str:
        """That of the repository that the file is in."""
        shown = hosted_file(address)
        found = self._places.get((shown.repository.lower(), shown.ref)) if shown else None
        return self._snapshots[found.key].commit if found and found.key in self._snapshots else ""

    def finish(self) -> Mapping[str, Any]:
        """Keep what was read, and tell the budget."""
        for found in self._places.values():
            if found.key in self._snapshots:
                self._answers.put(found.key, self._mark(found), self._kept(found).dump())
        self._answers.save(complete=self._complete)
        return {**budget_facts(self._host.budget), **sample_facts(len(self._places), self._count)}

    def _kept(self, found: Found) -> Snapshot:
        """The snapshot; without a mark it holds what is pointed at now, as nothing else ends what once was."""
        snapshot = self._snapshots[found.key]
        if not found.mark and self._complete:
            snapshot.reads = {path: data for path, data in snapshot.reads.items() if (found.key, path) in self._asked}
        return snapshot

    def _repositories(self) -> list[Found]:
        if not self._only:
            return self._host.repositories()
        found = self._host.repository(self._only)
        return [found] if found else []

    def _mark(self, found: Found) -> str:
        """Equal marks mean equal files."""
        return f"{found.mark} {found.root} {self.pattern}"

    def _files_of(self, found: Found) -> list[SourceFile]:
        kept = self._answers.get(found.key)
        before = load(kept[1]) if kept else Snapshot(found.root)
        if kept and found.mark and kept[0] == self._mark(found):
            self._snapshots[found.key] = before
            return _files(before)
        try:
            snapshot = self._fetched(found, before)
        except CairnError as error:
            self._require_bearable(error)
            addresses = before.addresses() or [page_of(found.root, self.pattern)]
            return [SourceFile(address, b"", error) for address in addresses]
        self._snapshots[found.key] = snapshot
        return _files(snapshot)

    def _fetched(self, found: Found, before: Snapshot) -> Snapshot:
        """The repository as it is now. Fails as a whole: half of it is not to be taken for all."""
        snapshot = Snapshot(found.root)
        data = None if has_wildcard(self.pattern) else self._host.content(found, self.pattern)
        if data is not None:
            snapshot.files[self.pattern] = data
        elif has_wildcard(self.pattern) or before.files:
            snapshot.files = {path: self._listed(found, path) for path in self._paths(found, before)}
        if snapshot.files:
            snapshot.commit = self._commit(found, snapshot, before)
        if not found.mark:
            snapshot.reads = self._read_again(found, before)
        return snapshot

    def _read_again(self, found: Found, before: Snapshot) -> dict[str, bytes]:
        """What was pointed at the last time, here where many are read at once, and not one after the other."""
        again = {}
        for path in before.reads:
            try:
                data = self._host.content(found, path)
            except CairnError as error:
                self._require_bearable(error)
                continue
            if data is not None:
                again[path] = data
        return again

    def _paths(self, found: Found, before: Snapshot) -> list[str]:
        """The catalog files of a repository.

        A token that lost a right is told that there is nothing: only a list without the file tells that it is gone.
        """
        try:
            paths = self._host.paths(found)
        except NotFound:
            if before.files:
                raise
            return []
        return sorted(path for path in paths if matches(self.pattern, path))

    def _listed(self, found: Found, path: str) -> bytes:
        data = self._host.content(found, path)
        if data is None:
            message = f"{found.name} lists {path} and does not give it out."
            raise ProviderError(message, permanent=False, id="half-answer", hint="It is tried again at the next sync.")
        return data

    def _commit(self, found: Found, snapshot: Snapshot, before: Snapshot) -> str:
        """Asked for again only when something has been pushed, as far as the host tells that."""
        same = before.files == snapshot.files and before.root == found.root
        return before.commit if same and not found.mark else self._host.commit(found)

    def _require_bearable(self, error: CairnError) -> None:
        """Raise an error that is not about one repository."""
        if isinstance(error, RateLimited) or error.id in _FOR_ALL:
            raise error
        with self._lock:
            self._silent += error.id in _SILENT
            if self._silent > MOST_SILENT:
                raise error


def _files(snapshot: Snapshot) -> list[SourceFile]:
    return [SourceFile(page_of(snapshot.root, path), data) for path, data in snapshot.files.items()]
