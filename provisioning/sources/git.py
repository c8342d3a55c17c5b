"""Blueprints in a Git repository: a tag is a version, ``v1.2.0``, or ``name/v1.2.0`` where it holds several."""

import re

from catalog.sources.git import readable
from common.errors import NotFound, UserError
from integrations.git.client import Repository
from provisioning.blueprints.definition import order_of
from provisioning.blueprints.package import BLUEPRINT, Files, counts, wrong_paths
from provisioning.sources.base import Candidate, Fault, Refused

TAG = re.compile(r"(?:(?P<name>[a-z][a-z0-9-]{0,62})/)?v(?P<version>\d{1,5}\.\d{1,5}\.\d{1,5})")
#: Of one source; the newest count.
MOST_TAGS = 300


def candidates(target: str, path: str) -> list[Candidate]:
    """Every tag that is a version, the newest first. Costs one question."""
    repository = readable(target)
    tags = {tag: (found, commit) for tag, commit in repository.tags().items() if (found := TAG.fullmatch(tag))}
    if not tags:
        hint = "Tag a commit: git tag v1.0.0, or git tag NAME/v1.0.0 where the repository holds several."
        raise NotFound(f"{target} has no tag that is a version.", id="no-versions", hint=hint)
    if len(tags) > MOST_TAGS:
        message = f"{target} has {len(tags)} tags that are versions."
        raise UserError(message, id="too-many-tags", hint=f"At most {MOST_TAGS} are read; delete old ones.")
    newest_first = sorted(tags, key=lambda tag: (order_of(tags[tag][0]["version"]), tag), reverse=True)
    return [_candidate(repository, tag, *tags[tag], path) for tag in newest_first]


def _candidate(repository: Repository, tag: str, found: re.Match[str], commit: str, path: str) -> Candidate:
    name = found["name"] or ""
    folder = "".join(f"{part}/" for part in (path, name) if part)
    return Candidate(tag, lambda: _read(repository, tag, commit, folder), name, found["version"], commit)


def _read(repository: Repository, tag: str, commit: str, folder: str) -> Files:
    snapshot = repository.at_tag(tag, commit)
    inside = {path.removeprefix(folder): path for path in snapshot.entries if path.startswith(folder)}
    paths = {short: path for short, path in inside.items() if counts(short)}
    links = [path.removeprefix(folder) for path in snapshot.no_files if path.startswith(folder)]
    # A link in the place of the folder itself, or of one above it.
    links += [path for path in snapshot.no_files if folder.startswith(f"{path}/")]
    wrong = wrong_paths(
        {short: snapshot.entries[path].size for short, path in paths.items()},
        [path for path in links if counts(path) or path == "module" or folder.startswith(f"{path}/")],
    )
    if wrong:
        raise Refused([Fault(error.message, error.hint, error.path) for error in wrong])
    if BLUEPRINT not in paths:
        hint = f"The tag {tag} stands for the blueprint in {folder or 'the root of the repository'}."
        raise Refused([Fault(f"There is no {folder}{BLUEPRINT}.", hint)])
    contents = repository.read(snapshot, paths.values())
    return {short: contents[path] for short, path in paths.items()}
