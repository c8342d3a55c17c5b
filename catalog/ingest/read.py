"""The first end of the pipeline: a source's files, and the files that its Location entities name."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from catalog.ingest.documents import FileResult, Problem
from catalog.ingest.file import process_file
from catalog.model.kinds import Kinds
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


def read_source(reader: Reader, kinds: Kinds) -> ReadSource:
    """Read a source whole. CairnError when its beginning cannot be read; what it points at may fail alone."""
    found = ReadSource()
    seen: set[str] = set()
    waiting: list[SourceFile] = reader.files()
    with ThreadPoolExecutor(READERS_AT_ONCE) as pool:
        while waiting and len(found.files) < MOST_FILES:
            seen.update(file.address for file in waiting)
            results = [(file.address, _process(file, reader, kinds)) for file in waiting]
            found.files += results
            waiting = list(_next_files(results, seen, reader, pool, found))
    return found


def _process(file: SourceFile, reader: Reader, kinds: Kinds) -> FileResult:
    return process_file(file.data, url=file.address, read=reader.read, kinds=kinds)


def _next_files(
    results: list[tuple[str, FileResult]], seen: set[str], reader: Reader, pool: ThreadPoolExecutor, found: ReadSource
) -> Iterable[SourceFile]:
    wanted: dict[str, bool] = {}
    for _, result in results:
        for verdict in result.verdicts:
            optional = bool(verdict.entity and verdict.entity.document["spec"].get("presence") == "optional")
            for address in verdict.location_reads if verdict.entity else ():
                if address not in seen:
                    wanted[address] = wanted.get(address, True) and optional
    for address, optional, answer in pool.map(lambda item: _read(*item, reader), wanted.items()):
        if isinstance(answer, bytes):
            yield SourceFile(address, answer)
        elif not optional:
            found.unread.append((address, Problem("read", answer.message, hint=answer.hint)))


def _read(address: str, optional: bool, reader: Reader) -> tuple[str, bool, bytes | CairnError]:
    try:
        return address, optional, reader.read(address)
    except CairnError as error:
        return address, optional, error
