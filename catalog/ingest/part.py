"""One repository of a source that holds many, read alone: to the rest of the pipeline, all other files rest."""

import re
from dataclasses import replace

from catalog.ingest.documents import Problem as PureProblem
from catalog.ingest.pipeline import Gathered
from catalog.ingest.wanted import FileProblem
from catalog.model.globs import matches
from catalog.model.hosted import hosted_file
from catalog.models import Source

#: No fingerprint is equal to it, so that the next whole sync looks at each file.
PARTLY = "partly"


def as_part(source: Source, gathered: Gathered, root: str, pattern: str) -> Gathered:
    """``gathered``, which is of the repository whose addresses begin with ``root``, beside what the source has.

    Catalog files of the repository that were not found are gone. Files that others of them name rest: which of those
    are still named is for a whole sync, as is who keeps a name that two files say.
    """
    read = {one.address for one in gathered.memory}
    known = {*source.read_files.values_list("address", flat=True), *source.problems.values_list("file", flat=True)}
    known |= set(source.entities.present().values_list("location", flat=True))
    resting = {address for address in known - read if not is_catalog_file(address, root, pattern)}
    wanted, problems = dict(gathered.wanted), list(gathered.problems)
    stored = source.entities.present().filter(ref__any_of=wanted, location__any_of=list(resting))
    for ref, location in stored.values_list("ref", "location"):
        loser = wanted.pop(ref)
        message = f"{ref} is said in {location} already; which of the two counts is told by the next sync."
        problem = PureProblem("conflict", message, ("metadata", "name"), "Rename one, or remove one.", line=loser.line)
        problems.append(FileProblem(loser.location, problem, ref))
    reads = sorted({*source.reads, *gathered.reads})
    return replace(
        gathered, wanted=wanted, problems=problems, unchanged=sorted(resting), reads=reads, fingerprint=PARTLY
    )


def is_catalog_file(address: str, root: str, pattern: str) -> bool:
    """Whether the file at ``address`` lies below ``root`` and is one that ``pattern`` names. Pure."""
    shown = hosted_file(address) if address.startswith(root) else None
    return bool(shown and matches(re.sub("^/", "", pattern), shown.path))
