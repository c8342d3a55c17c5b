"""The stages of a sync on one screen."""

import json
import time
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from catalog.config import current as configuration
from catalog.ingest.apply import apply
from catalog.ingest.diff import Changes, diff, needs_decision
from catalog.ingest.documents import Problem as PureProblem
from catalog.ingest.keep import Stored, last_good
from catalog.ingest.locations import location_reads
from catalog.ingest.read import is_unchanged, read_source
from catalog.ingest.registration import location_entity
from catalog.ingest.wanted import FileProblem, Wanted, wanted_of
from catalog.kinds import known_kinds
from catalog.models import Entity, Problem, Source
from catalog.models.source import PUSHED, SourceKind, SourceState
from catalog.sources.registry import reader_for
from catalog.teams import sync_teams
from common.errors import CairnError
from common.locks import hold

LOCK = "catalog.apply"


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a sync did."""

    state: str
    changes: Changes = field(default_factory=lambda: Changes((), (), (), 0))
    problems: int = 0
    seconds: float = 0.0
    error: str = ""

    @property
    def counts(self) -> dict[str, float]:
        """As they are kept with the source."""
        return {
            "added": len(self.changes.added),
            "changed": len(self.changes.changed),
            "removed": len(self.changes.removed),
            "unchanged": self.changes.unchanged,
            "problems": self.problems,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a source says now; or why it could not be read; or that it says the same bytes as before."""

    begun: float
    wanted: dict[str, Wanted] = field(default_factory=dict)
    problems: list[FileProblem] = field(default_factory=list)
    error: CairnError | None = None
    same: bool = False
    fingerprint: str = ""
    reads: list[str] = field(default_factory=list)


def gather(source: Source, *, anew: bool = False) -> Gathered:
    """Read → parse → resolve → validate → relate. Slow and outside of any transaction; changes nothing.

    With ``anew`` everything is parsed although no byte has changed.
    """
    begun = time.monotonic()
    try:
        rules, reader = configuration().rules, reader_for(source)
        files = reader.files()
        if not anew and _may_rest(source) and is_unchanged(reader, source.fingerprint, source.reads, files):
            return Gathered(begun, same=True)
        read = read_source(reader, known_kinds(), files)
    except CairnError as error:
        return Gathered(begun, error=error)
    wanted, problems = wanted_of(read, source.location_ref, rules)
    if source.kind == SourceKind.URL:
        registration = location_entity(source.target)
        wanted[registration.ref] = registration
    return Gathered(begun, wanted, problems, fingerprint=read.fingerprint, reads=read.reads)


def _may_rest(source: Source) -> bool:
    """Whether equal bytes mean an equal outcome: nothing waits for another source, host or decision."""
    waits = source.problems.filter(stage__in=["conflict", "read", "preprocess", "policy"])
    return bool(source.fingerprint) and source.state == SourceState.OK and not waits.exists()


@transaction.atomic
def settle(
    source: Source, gathered: Gathered, *, allow_removal: bool = False, only: Collection[str] | None = None
) -> SyncResult:
    """Diff → apply, one source at a time, so that two that name the same entities neither lose nor deadlock.

    A source that could not be read keeps what it had. With ``allow_removal`` it may remove more than the brake would
    let it. ``only`` narrows the comparison to these references; what else the source has said stays.
    """
    if gathered.error:
        return _keep_failure(source, gathered.error)
    if gathered.same:
        return _rest(source, gathered)
    hold(LOCK)
    wanted = dict(gathered.wanted)
    problems = [*gathered.problems, *_conflicts(source, wanted)]
    current = _digests(source, only)
    kept = _last_good(source, problems) - wanted.keys()
    changes = diff({ref: of for ref, of in current.items() if ref not in kept}, _digests_of(wanted))
    state = SourceState.OK
    if needs_decision(changes, len(current)) and not allow_removal:
        state = SourceState.HELD
        changes = Changes(changes.added, changes.changed, (), changes.unchanged)
    if not changes.nothing:
        apply(source, wanted, changes)
        sync_teams((*changes.added, *changes.changed, *changes.removed))
    _replace_problems(source, problems)
    error = _held(len(current) - len(wanted)) if state == SourceState.HELD else ""
    result = SyncResult(state, changes, len(problems), time.monotonic() - gathered.begun, error)
    _note(source, result, gathered)
    return result


def _rest(source: Source, gathered: Gathered) -> SyncResult:
    changes = Changes((), (), (), source.entities.present().count())
    result = SyncResult(SourceState.OK, changes, source.problems.count(), time.monotonic() - gathered.begun)
    _note(source, result)
    return result


def _digests(source: Source, only: Collection[str] | None) -> dict[str, str]:
    stored = source.entities.present()
    stored = stored if only is None else stored.filter(ref__any_of=only)
    return dict(stored.values_list("ref", "digest"))


def _digests_of(wanted: dict[str, Wanted]) -> dict[str, str]:
    return {ref: entity.digest for ref, entity in wanted.items()}


def _last_good(source: Source, problems: list[FileProblem]) -> set[str]:
    """References that stay because what should say them could not be used."""
    if not problems:
        return set()
    locations = source.entities.present().filter(kind="Location").values_list("ref", "location", "body")
    reads = {ref: location_reads(json.loads(body)["spec"], location)[0] for ref, location, body in locations}
    stored = source.entities.present().values_list("ref", "location")
    return last_good([Stored(ref, location, reads.get(ref, ())) for ref, location in stored], problems)


def _conflicts(source: Source, wanted: dict[str, Wanted]) -> list[FileProblem]:
    """Take out of ``wanted`` what another source says already: who came first keeps it."""
    others = Entity.objects.present().filter(ref__any_of=wanted).exclude(source=source).select_related("source")
    found = []
    for entity in others.only("ref", "source__target"):
        loser = wanted.pop(entity.ref)
        message = f"{entity.ref} is said by {entity.source.target} already, which keeps it."
        problem = PureProblem("conflict", message, ("metadata", "name"), "Rename one, or remove one.", line=loser.line)
        found.append(FileProblem(loser.location, problem, entity.ref))
    return found


def _replace_problems(source: Source, problems: list[FileProblem]) -> None:
    """Keep the rows as they are when nothing about them has changed."""
    wanted = [
        (
            p.file,
            p.problem.line,
            p.problem.column,
            p.problem.stage,
            p.problem.field,
            p.problem.message,
            p.problem.hint,
            p.entity_ref,
        )
        for p in problems
    ]
    names = ("file", "line", "column", "stage", "field", "message", "hint", "entity_ref")
    if sorted(wanted) == sorted(source.problems.values_list(*names)):
        return
    source.problems.all().delete()
    Problem.objects.bulk_create([Problem(source=source, **dict(zip(names, row, strict=True))) for row in wanted])


def _held(missing: int) -> str:
    return f"This sync would remove {missing} entities, more than half of the source. Nothing was removed; decide."


def _keep_failure(source: Source, error: CairnError) -> SyncResult:
    result = SyncResult(SourceState.FAILED, error=f"{error.message} {error.hint}".strip())
    _replace_problems(source, [FileProblem(source.target, PureProblem("read", error.message, hint=error.hint))])
    _note(source, result)
    return result


def _note(source: Source, result: SyncResult, gathered: Gathered | None = None) -> None:
    source.state, source.error = result.state, result.error
    if result.state != SourceState.FAILED:
        source.counts = result.counts
    if gathered:
        source.fingerprint, source.reads = gathered.fingerprint, gathered.reads
    source.last_sync_at = timezone.now()
    if source.kind not in PUSHED:
        source.next_sync_at = source.last_sync_at + source.interval
    source.save()
