"""What is remembered of the files of a source, so that an unchanged one is not parsed again. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.ingest.rules import Rule
from catalog.model.kinds import Kinds, kinds_digest
from catalog.sources.base import SourceFile


@dataclass(frozen=True, slots=True)
class Remembered:
    """A parsed file: the digest of its bytes and of those at ``reads``, and the files that its Locations name."""

    address: str
    digest: str
    reads: tuple[str, ...] = ()
    #: Each address, and whether nothing need be there.
    targets: tuple[tuple[str, bool], ...] = ()


def fingerprint(files: Iterable[SourceFile], salt: str) -> str:
    """Equal for equal addresses and bytes, whatever their order."""
    prints = sorted((file.address, hashlib.sha256(file.data).hexdigest()) for file in files)
    return hashlib.sha256(repr((salt, prints)).encode()).hexdigest()


def digest_of(files: Sequence[SourceFile], salt: str) -> str:
    """The same for few files in their order."""
    found = hashlib.sha256(salt.encode())
    for file in files:
        found.update(hashlib.sha256(file.data).digest() + file.address.encode())
    return found.hexdigest()


def salt_of(kinds: Kinds, rules: Sequence[Rule]) -> str:
    """Equal while the same documents are taken: for kinds that judge alike, and equal rules."""
    return hashlib.sha256(repr((kinds_digest(kinds), rules)).encode()).hexdigest()
