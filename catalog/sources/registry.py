"""Which reader serves which kind of source."""

from catalog.models.source import SourceKind
from catalog.sources.base import ReaderFor
from catalog.sources.local import LocalReader
from catalog.sources.url import UrlReader

READERS: dict[str, ReaderFor] = {
    SourceKind.FOLDER: LocalReader,
    SourceKind.FILE: LocalReader,
    SourceKind.URL: UrlReader,
}
