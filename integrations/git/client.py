"""One commit of one repository, read through a bare copy on this machine."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import TypeVar

from common.errors import ProviderError
from integrations.git.cache import discard, folder_of, is_worn, locked, make_room
from integrations.git.environment import git_environment
from integrations.git.failures import NO_REF, failure, is_broken_cache, no_ref
from integrations.git.listing import Entry, advertised, batch, listing, no_files, tags
from integrations.git.process import GitFailed, run_git
from integrations.git.remote import Remote

SECONDS_TO_ASK, SECONDS_TO_FETCH, SECONDS_TO_READ = 30.0, 300.0, 60.0
#: Of one copy, and of all of them; what is taken away is fetched again when it is asked for.
MOST_DISK, MOST_DISK_OF_ALL = 1024**3, 20 * 1024**3
MOST_BYTES_AT_ONCE = 256 * 1024 * 1024
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
#: Refs that a branch or tag may be called; what begins with a dash would be an option.
_REF = re.compile(r"(?!-)(?!.*(?:\.\.|@\{|//|\.lock$|/$))[^\x00-\x20~^:?*\[\\\x7f]+")

Found = TypeVar("Found")
Reachable = Callable[[Remote], IPv4Address | IPv6Address | None]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a repository holds at one commit. ``ref`` is the branch, tag or commit that led to it; ``no_files`` are the
    paths of links and submodules, which ``entries`` are without."""

    commit: str
    ref: str
    entries: Mapping[str, Entry] = field(repr=False)
    no_files: tuple[str, ...] = field(default=(), repr=False)


class Repository:
    """A repository and its copy below ``root``.

    ``reachable`` gives the address to connect to and raises where that is not allowed; ``login`` is user and token;
    ``patience`` is in seconds, for each question, lock and fetch.
    Every method raises CairnError naming the way out when the repository cannot be read.
    """

    def __init__(
        self,
        remote: Remote,
        root: Path,
        *,
        reachable: Reachable,
        login: tuple[str, str] | None = None,
        patience: float = SECONDS_TO_FETCH,
    ) -> None:
        self._remote, self._reachable, self._login, self._patience = remote, reachable, login, patience
        self._folder = folder_of(root, remote.url)

    def snapshot(self, ref: str = "") -> Snapshot:
        """The files at ``ref``, or at the default branch. Costs one question when nothing has been pushed."""
        if ref and not _REF.fullmatch(ref):
            raise no_ref(self._remote.url, ref)
        commit, name = (ref, ref) if _COMMIT.fullmatch(ref) else self._ask(ref)
        with locked(self._folder, seconds=self._patience):
            out = self._mended(lambda: self._listing(commit, ref))
        return Snapshot(commit, name, listing(out), no_files(out))

    def tags(self) -> dict[str, str]:
        """The commit that each tag stands for now. One question."""
        try:
            out = self._git("ls-remote", "--tags", "--", self._remote.url, timeout=min(SECONDS_TO_ASK, self._patience))
        except GitFailed as failed:
            raise failure(self._remote.url, failed.stderr) from None
        return tags(out.decode("utf-8", "replace"))

    def at_tag(self, tag: str, commit: str) -> Snapshot:
        """The files at ``commit``, which ``tag`` stands for; a branch of the same name does not come into it."""
        if not _REF.fullmatch(tag) or not _COMMIT.fullmatch(commit):
            raise no_ref(self._remote.url, tag)
        ref = f"refs/tags/{tag}"
        with locked(self._folder, seconds=self._patience):
            out = self._mended(lambda: self._listing(commit, ref))
        return Snapshot(commit, ref, listing(out), no_files(out))

    def read(self, snapshot: Snapshot, paths: Iterable[str]) -> dict[str, bytes]:
        """The contents of ``paths``, all of which the snapshot holds."""
        by_path = {path: snapshot.entries[path] for path in paths}
        if not by_path:
            return {}
        ids = sorted({entry.id for entry in by_path.values()})
        with locked(self._folder, seconds=self._patience):
            found = self._mended(lambda: self._contents(snapshot, ids))
        return {path: found[entry.id] for path, entry in by_path.items()}

    def _ask(self, ref: str) -> tuple[str, str]:
        """The commit that ``ref`` stands for at the remote, and the name to show."""
        wanted = [f"refs/heads/{ref}", f"refs/tags/{ref}", f"refs/tags/{ref}^{{}}"] if ref else ["HEAD"]
        try:
            out = self._git(
                "ls-remote", "--symref", "--", self._remote.url, *wanted, timeout=min(SECONDS_TO_ASK, self._patience)
            )
        except GitFailed as failed:
            raise failure(self._remote.url, failed.stderr) from None
        found = advertised(out.decode("utf-8", "replace"), ref)
        if found is None:
            raise no_ref(self._remote.url, ref)
        return found

    def _listing(self, commit: str, ref: str) -> bytes:
        self._fetch(commit, ref)
        return self._local("ls-tree", "-r", "-z", "--long", "--full-tree", commit)

    def _contents(self, snapshot: Snapshot, ids: list[str]) -> dict[str, bytes]:
        self._fetch(snapshot.commit, snapshot.ref)
        asked = "".join(f"{id}\n" for id in ids).encode()
        found = batch(self._local("cat-file", "--batch", stdin=asked))
        if missing := [id for id in ids if id not in found]:
            raise GitFailed(f"missing blob {missing[0]}")
        return found

    def _fetch(self, commit: str, ref: str) -> None:
        """Have ``commit`` in the copy, which is made or made anew as needed."""
        if self._holds(commit):
            return
        if is_worn(self._folder):
            discard(self._folder)
        if not self._folder.exists():
            # Without a template there is no hook in it that could run.
            self._git("init", "--quiet", "--bare", "--template=", str(self._folder), timeout=SECONDS_TO_READ)
            make_room(self._folder.parent, MOST_DISK_OF_ALL, but=self._folder)
        try:
            self._fetched(commit)
        except GitFailed as failed:
            if not NO_REF.search(failed.stderr):
                raise
            # A server may give out commits by name of a branch or tag only.
            if ref == commit:
                raise no_ref(self._remote.url, commit) from None
            self._fetched(ref or "HEAD")
        if not self._holds(commit):
            message = f"{self._remote.url} was changed while it was read."
            raise ProviderError(message, permanent=False, id="no-ref", hint="Sync again.")

    def _fetched(self, what: str) -> None:
        options = ("--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--force")
        target = f"+{what}:refs/cairn/last"
        self._git(
            "fetch", *options, "--", self._remote.url, target, timeout=self._patience, folder=self._folder, disk=True
        )

    def _holds(self, commit: str) -> bool:
        if not self._folder.exists():
            return False
        try:
            self._local("cat-file", "-e", f"{commit}^{{tree}}")
        except GitFailed:
            return False
        return True

    def _mended(self, act: Callable[[], Found]) -> Found:
        """``act``, once more on a new copy when the copy is broken."""
        try:
            return act()
        except GitFailed as failed:
            if not is_broken_cache(failed.stderr):
                raise failure(self._remote.url, failed.stderr) from None
        discard(self._folder)
        try:
            return act()
        except GitFailed as failed:
            raise failure(self._remote.url, failed.stderr) from None

    def _local(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """A command that touches nothing but the copy."""
        environment = git_environment(str(self._folder), Remote("", "file"), None, None)
        return run_git(
            arguments,
            environment=environment,
            timeout=SECONDS_TO_READ,
            folder=self._folder,
            stdin=stdin,
            most_output=MOST_BYTES_AT_ONCE,
        )

    def _git(self, *arguments: str, timeout: float, folder: Path | None = None, disk: bool = False) -> bytes:
        """A command that may talk to the remote."""
        address = None if self._remote.scheme == "file" else self._reachable(self._remote)
        environment = git_environment(str(self._folder.parent), self._remote, address, self._login)
        return run_git(
            arguments,
            environment=environment,
            timeout=timeout,
            folder=folder,
            most_disk=MOST_DISK if disk else None,
        )


#: Older ones ask a resolver again for a host whose address has been checked.
LEAST_VERSION = (2, 37)


def git_version() -> str:
    """What the program on this machine is; ProviderError when there is none, or one that is too old to be safe."""
    environment = git_environment("/", Remote("", "file"), None, None)
    text = run_git(["version"], environment=environment, timeout=SECONDS_TO_READ).decode("utf-8", "replace").strip()
    numbers = re.search(r"(\d+)\.(\d+)", text)
    if numbers and (int(numbers[1]), int(numbers[2])) < LEAST_VERSION:
        least = ".".join(map(str, LEAST_VERSION))
        raise ProviderError(f"{text} is too old.", permanent=True, id="old-git", hint=f"Install git {least} or newer.")
    return text
