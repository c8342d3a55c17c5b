"""What a push to a repository means for the sources of the catalog. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from catalog.model.globs import matches
from catalog.model.hosted import hosted_file
from catalog.models.source import SourceKind
from catalog.sources import git, github, gitlab
from catalog.sources.options import owner_of
from common.errors import CairnError
from integrations.git.remote import parse_remote


@dataclass(frozen=True, slots=True)
class Push:
    """A push to ``branch`` of ``repository`` on ``host``. ``paths`` are the files that it touched; None: not told."""

    host: str
    repository: str
    branch: str
    is_default: bool
    paths: tuple[str, ...] | None = None

    def is_to(self, wanted: str) -> bool:
        """Whether it is to the branch that a source reads; an empty one is the default branch."""
        return self.branch == wanted if wanted else self.is_default

    def is_in(self, host: str, repository: str) -> bool:
        """Whether it is to that repository."""
        return (self.host, self.repository.lower()) == (host.lower(), repository.lower())

    def touches(self, pattern: str) -> bool:
        """Whether a file that ``pattern`` names was touched, as far as it is told."""
        return self.paths is None or any(matches(pattern, path) for path in self.paths)

    def touches_one_of(self, addresses: Iterable[str]) -> bool:
        """Whether a file was touched that a source has read besides its own."""
        files = (hosted_file(address) for address in addresses)
        mine = (one for one in files if one and self.is_in(one.host, one.repository) and one.ref == self.branch)
        return any(self.paths is None or one.path in self.paths for one in mine)


class Reach(Enum):
    """How much of a source has to be read again."""

    NOTHING = "nothing"
    #: The repository that was pushed to.
    REPOSITORY = "repository"
    #: All of it.
    WHOLE = "whole"


def reach(kind: str, target: str, options: Mapping[str, Any], reads: Iterable[str], push: Push) -> Reach:
    """What ``push`` means for a source."""
    if kind == SourceKind.URL:
        own = push.touches_one_of([target, *reads])
    elif kind == SourceKind.GIT:
        own = _covers_repository(target, options, push) or push.touches_one_of(reads)
    elif kind in {SourceKind.GITHUB, SourceKind.GITLAB}:
        if _covers_organisation(kind, target, options, push):
            return Reach.REPOSITORY
        own = push.touches_one_of(reads)
    else:
        own = False
    return Reach.WHOLE if own else Reach.NOTHING


def _covers_repository(target: str, options: Mapping[str, Any], push: Push) -> bool:
    try:
        remote = parse_remote(target)
    except CairnError:
        return False
    here = push.is_in(remote.netloc, remote.path) and push.is_to(str(options.get("ref") or ""))
    return here and push.touches(str(options.get("path") or git.DEFAULT_PATH))


def _covers_organisation(kind: str, target: str, options: Mapping[str, Any], push: Push) -> bool:
    host, owner = owner_of(target)
    is_github = kind == SourceKind.GITHUB
    if push.host != host.lower() or not f"{push.repository}/".lower().startswith(f"{owner}/".lower() if owner else ""):
        return False
    branch = (options.get("filters") or {}).get("branch") if is_github else options.get("branch")
    pattern = options.get("catalog_path") or (github if is_github else gitlab).DEFAULT_PATH
    return push.is_to(str(branch or "")) and push.touches(str(pattern))
