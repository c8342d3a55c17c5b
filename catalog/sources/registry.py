"""Which reader serves which kind of source."""

from collections.abc import Callable, Mapping

from catalog.models import Source
from catalog.models.source import SourceKind
from catalog.sources.base import Reader
from catalog.sources.discovery import DiscoveryReader
from catalog.sources.git import GitReader
from catalog.sources.github import github_reader
from catalog.sources.github_people import github_people_reader
from catalog.sources.gitlab import gitlab_reader
from catalog.sources.gitlab_people import gitlab_people_reader
from catalog.sources.local import LocalReader
from catalog.sources.url import UrlReader

_READERS: Mapping[str, Callable[[Source], Reader]] = {
    SourceKind.FOLDER: lambda source: LocalReader(source.target),
    SourceKind.FILE: lambda source: LocalReader(source.target),
    SourceKind.URL: lambda source: UrlReader(source.target),
    SourceKind.GIT: lambda source: GitReader(source.target, source.options),
    SourceKind.GITHUB: github_reader,
    SourceKind.GITHUB_ORG: github_people_reader,
    SourceKind.GITLAB: gitlab_reader,
    SourceKind.GITLAB_ORG: gitlab_people_reader,
}


def reader_for(source: Source) -> Reader:
    """What reads ``source``, which need not be saved."""
    return _READERS[source.kind](source)


def repository_reader(source: Source, repository: str) -> DiscoveryReader | None:
    """What reads just ``repository`` of a source that holds many; None for a source that cannot be read in parts."""
    read = {SourceKind.GITHUB: github_reader, SourceKind.GITLAB: gitlab_reader}.get(SourceKind(source.kind))
    return read(source, only=repository) if read else None


#: So long somebody waits for a repository that is to be shown before it is registered.
PATIENCE_SECONDS = 15.0


def sampling_reader(source: Source, most: int) -> Reader:
    """What reads ``source`` while somebody waits: soon, and no more than ``most`` repositories or people."""
    match source.kind:
        case SourceKind.GIT:
            return GitReader(source.target, source.options, patience=PATIENCE_SECONDS)
        case SourceKind.GITHUB:
            return github_reader(source, sample=most)
        case SourceKind.GITHUB_ORG:
            return github_people_reader(source, sample=most)
        case SourceKind.GITLAB:
            return gitlab_reader(source, sample=most)
        case SourceKind.GITLAB_ORG:
            return gitlab_people_reader(source, sample=most)
    return reader_for(source)
