"""The first end of the pipeline: a source's files, and the files that its Location entities name."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urlsplit

from catalog.ingest.documents import FileResult, Problem
from catalog.ingest.file import process_file
from catalog.model.kinds import Kinds
from catalog.model.urls import is_url
from catalog.sources.base import Reader, SourceFile
from common.errors import CairnError

MOST_FILES = 20_000
READERS_AT_ONCE = 8


@dataclass(slots=True)
class ReadSource:
    """Every file of a source with its verdicts, in the order of discovery."""

    files: list[tuple[str, FileResult]] = field(default_factory=list)
    #: What could not be read, by address.
    unread: list[tuple[str, Problem]] = field(default_factory=list)
    #: Addresses that were read beyond the source's own files, in order.
    reads: list[str] = field(default_factory=list)
    fingerprint: str = ""


class _Once:
    """Reads each address once, and asks a host that is not there once: a dead host must not cost a wait per file."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._answers: dict[str, bytes | CairnError] = {}
        self._dead: dict[str, CairnError] = {}
        self._answered: set[str] = set()
        self._hosts: dict[str, Lock] = defaultdict(Lock)

    def read(self, address: str) -> bytes:
        """What is at ``address``, from memory when it was asked before."""
        host = urlsplit(address).netloc
        if address not in self._answers:
            if host and host not in self._answered:
                with self._hosts[host]:
                    self._ask(address, host)
            else:
                self._ask(address, host)
        answer = self._answers[address]
        if isinstance(answer, CairnError):
            raise answer
        return answer

    def good(self) -> list[SourceFile]:
        """Everything that was read."""
        return [SourceFile(at, data) for at, data in sorted(self._answers.items()) if isinstance(data, bytes)]

    def _ask(self, address: str, host: str) -> None:
        if host in self._dead:
            self._answers[address] = self._dead[host]
            return
        try:
            self._answers[address] = self._reader.read(address)
            self._answered.add(host)
        except CairnError as error:
            self._answers[address] = error
            if error.id in {"unknown-host", "no-answer"}:
                self._dead[host] = error
            else:
                self._answered.add(host)


def fingerprint(files: Iterable[SourceFile]) -> str:
    """Equal for equal addresses and bytes, whatever their order."""
    prints = sorted((file.address, hashlib.sha256(file.data).hexdigest()) for file in files)
    return hashlib.sha256(repr(prints).encode()).hexdigest()


def is_unchanged(reader: Reader, before: str, reads: Iterable[str], files: list[SourceFile]) -> bool:
    """Whether ``files`` and what is at ``reads`` now are what the fingerprint ``before`` was taken of."""
    try:
        return before == fingerprint([*files, *(SourceFile(address, reader.read(address)) for address in reads)])
    except CairnError:
        return False


def read_source(reader: Reader, kinds: Kinds, files: list[SourceFile] | None = None) -> ReadSource:
    """Read a source whole. CairnError when its beginning cannot be read; what it points at may fail alone.

    ``files`` are the source's own, when they have been read already.
    """
    found = ReadSource()
    seen: set[str] = set()
    waiting = own = reader.files() if files is None else files
    once = _Once(reader)
    with ThreadPoolExecutor(READERS_AT_ONCE) as pool:
        while waiting and len(found.files) < MOST_FILES:
            seen.update(file.address for file in waiting)
            found.unread += [(file.address, _unread(file.error)) for file in waiting if file.error]
            readable = [file for file in waiting if not file.error]
            # Threads help where reading waits for a network; on a disk they would only fight for the interpreter.
            mapped = pool.map if any(is_url(file.address) for file in readable) else map
            results = list(mapped(lambda file: (file.address, _process(file, once, kinds)), readable))
            found.files += results
            waiting = list(_next_files(results, seen, once, pool, found))
    others = once.good()
    found.reads = [file.address for file in others]
    found.fingerprint = fingerprint([*own, *others])
    return found


def _process(file: SourceFile, reader: _Once, kinds: Kinds) -> FileResult:
    return process_file(file.data, url=file.address, read=reader.read, kinds=kinds)


def _next_files(
    results: list[tuple[str, FileResult]], seen: set[str], reader: _Once, pool: ThreadPoolExecutor, found: ReadSource
) -> Iterable[SourceFile]:
    wanted: dict[str, bool] = {}
    for _, result in results:
        for verdict in result.verdicts:
            optional = bool(verdict.entity and verdict.entity.document["spec"].get("presence") == "optional")
            for address in verdict.location_reads if verdict.entity else ():
                if address not in seen:
                    wanted[address] = wanted.get(address, True) and optional
    for address, optional, answer in pool.map(lambda item: _read(item[0], item[1], reader), wanted.items()):
        if isinstance(answer, bytes):
            yield SourceFile(address, answer)
        elif not optional:
            found.unread.append((address, _unread(answer)))


def _unread(error: CairnError) -> Problem:
    return Problem("read", error.message, hint=error.hint)


def _read(address: str, optional: bool, reader: _Once) -> tuple[str, bool, bytes | CairnError]:
    try:
        return address, optional, reader.read(address)
    except CairnError as error:
        return address, optional, error
