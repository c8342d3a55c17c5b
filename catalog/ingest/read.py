"""The first end of the pipeline: a source's files, and the files that its Location entities name."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

from catalog.ingest.documents import FileResult, Problem
from catalog.ingest.file import process_file
from catalog.ingest.globs import is_glob
from catalog.ingest.memory import Remembered, digest_of, fingerprint
from catalog.model.kinds import Kinds
from catalog.model.urls import is_url, parts_of
from catalog.sources.base import Reader, SourceFile
from common.errors import CairnError

MOST_FILES = 20_000
READERS_AT_ONCE = 8


Each = Callable[[str, FileResult], None]


@dataclass(slots=True)
class ReadSource:
    """What there is to tell of the files of a source beside their verdicts."""

    #: What could not be read, by address.
    unread: list[tuple[str, Problem]] = field(default_factory=list)
    #: Addresses that were read beyond the source's own files, in order.
    reads: list[str] = field(default_factory=list)
    fingerprint: str = ""
    #: What is to be remembered of the parsed files, and the addresses of those that were not parsed again.
    memory: list[Remembered] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


class _Once:
    """Reads each address once, and asks a host that is not there once: a dead host must not cost a wait per file."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._answers: dict[str, bytes | CairnError] = {}
        self._lists: dict[str, list[str]] = {}
        self._dead: dict[str, CairnError] = {}
        self._answered: set[str] = set()
        self._hosts: dict[str, Lock] = defaultdict(Lock)

    def read(self, address: str) -> bytes:
        """What is at ``address``, from memory when it was asked before."""
        host = parts_of(address).netloc
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

    def matching(self, pattern: str) -> list[str]:
        """The addresses that ``pattern`` names, from memory when it was asked before."""
        if pattern not in self._lists:
            self._lists[pattern] = self._reader.matching(pattern)
        return self._lists[pattern]

    def good(self) -> list[SourceFile]:
        """Everything that was read, and the lists of files that patterns named."""
        answers = {at: data for at, data in self._answers.items() if isinstance(data, bytes)}
        lists = {pattern: _listing(addresses) for pattern, addresses in self._lists.items()}
        return [SourceFile(at, data) for at, data in sorted((answers | lists).items())]

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


def is_unchanged(reader: Reader, before: str, reads: Iterable[str], files: list[SourceFile], salt: str) -> bool:
    """Whether ``files`` and what is at ``reads`` now are what the fingerprint ``before`` was taken of."""
    try:
        others = [SourceFile(address, _content(reader, address)) for address in reads]
    except CairnError:
        return False
    return before == fingerprint([*files, *others], salt)


def _content(reader: Reader, address: str) -> bytes:
    """What a fingerprint is taken of: the bytes, and of a pattern the list of files that it names."""
    return _listing(reader.matching(address)) if is_glob(address) else reader.read(address)


def _listing(addresses: Iterable[str]) -> bytes:
    return "\n".join(addresses).encode()


def read_source(
    reader: Reader,
    kinds: Kinds,
    files: list[SourceFile] | None = None,
    *,
    each: Each,
    memory: Mapping[str, Remembered] | None = None,
    salt: str = "",
) -> ReadSource:
    """Read a source whole. CairnError when its beginning cannot be read; what it points at may fail alone.

    ``each`` is given every parsed file with its verdicts, in the order of discovery; nothing here holds them.

    ``files`` are the source's own, when they have been read already. What is as ``memory`` has it is not parsed.
    ``salt`` stands for what else the outcome depends on.
    """
    found = ReadSource()
    seen: set[str] = set()
    waiting = own = reader.files() if files is None else files
    once = _Once(reader)
    with ThreadPoolExecutor(READERS_AT_ONCE) as pool:
        while waiting and len(found.memory) + len(found.unchanged) < MOST_FILES:
            seen.update(file.address for file in waiting)
            found.unread += [(file.address, _unread(file.error)) for file in waiting if file.error]
            known, new = _apart([file for file in waiting if not file.error], memory or {}, once, salt)
            found.unchanged += [one.address for one in known]
            # Threads help where reading waits for a network; on a disk they would only fight for the interpreter.
            mapped = pool.map if any(is_url(file.address) for file in new) else map
            remembered = []
            for file, result in mapped(lambda file: (file, _process(file, once, kinds)), new):
                each(file.address, result)
                remembered.append(_remembered(file, result, once, salt))
            found.memory += remembered
            waiting = list(_next_files([*known, *remembered], seen, once, pool, found))
    others = once.good()
    found.reads = [file.address for file in others]
    found.fingerprint = fingerprint([*own, *others], salt)
    return found


def _apart(
    files: list[SourceFile], memory: Mapping[str, Remembered], once: _Once, salt: str
) -> tuple[list[Remembered], list[SourceFile]]:
    """What is known of unchanged files, and the others."""
    known: list[Remembered] = []
    new: list[SourceFile] = []
    for file in files:
        before = memory.get(file.address)
        if before and before.digest == _digest(file, before.reads, once, salt):
            known.append(before)
        else:
            new.append(file)
    return known, new


def _digest(file: SourceFile, reads: Iterable[str], once: _Once, salt: str) -> str:
    """Empty when one of ``reads`` cannot be read, which is never remembered."""
    try:
        return digest_of([file, *(SourceFile(address, once.read(address)) for address in reads)], salt)
    except CairnError:
        return ""


def _remembered(file: SourceFile, result: FileResult, once: _Once, salt: str) -> Remembered:
    reads = sorted({address for verdict in result.verdicts for address in verdict.placeholder_reads})
    targets: dict[str, bool] = {}
    for entity, addresses in ((verdict.entity, verdict.location_reads) for verdict in result.verdicts):
        for address in addresses if entity else ():
            optional = bool(entity and entity.document["spec"].get("presence") == "optional")
            targets[address] = targets.get(address, True) and optional
    return Remembered(file.address, _digest(file, reads, once, salt), tuple(reads), tuple(targets.items()))


def _process(file: SourceFile, reader: _Once, kinds: Kinds) -> FileResult:
    return process_file(file.data, url=file.address, read=reader.read, kinds=kinds)


def _next_files(
    read: list[Remembered], seen: set[str], reader: _Once, pool: ThreadPoolExecutor, found: ReadSource
) -> Iterable[SourceFile]:
    wanted: dict[str, bool] = {}
    for one in read:
        for target, optional in one.targets:
            for address in _named(target, optional, reader, found):
                if address not in seen:
                    wanted[address] = wanted.get(address, True) and optional
    for address, optional, answer in pool.map(lambda item: _read(item[0], item[1], reader), wanted.items()):
        if isinstance(answer, bytes):
            yield SourceFile(address, answer)
        elif not optional:
            found.unread.append((address, _unread(answer)))


def _named(target: str, optional: bool, reader: _Once, found: ReadSource) -> list[str]:
    """The address that a Location names, or all those that its pattern does."""
    if not is_glob(target):
        return [target]
    try:
        addresses = reader.matching(target)
    except CairnError as error:
        found.unread.append((target, _unread(error)))
        return []
    if not addresses and not optional:
        hint = "Check the pattern: * stands for one folder, ** for any. With presence: optional nothing need be there."
        found.unread.append((target, Problem("read", f"{target} matches no file.", hint=hint)))
    return addresses


def _unread(error: CairnError) -> Problem:
    return Problem("read", error.message, hint=error.hint)


def _read(address: str, optional: bool, reader: _Once) -> tuple[str, bool, bytes | CairnError]:
    try:
        return address, optional, reader.read(address)
    except CairnError as error:
        return address, optional, error
