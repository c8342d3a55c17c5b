"""The stages of a sync on one screen."""

import json
import time
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.config import current as configuration
from catalog.ingest.apply import BLOCK, apply
from catalog.ingest.bulk import batched
from catalog.ingest.diff import Changes, diff, needs_decision
from catalog.ingest.documents import Problem as PureProblem
from catalog.ingest.keep import Stored, last_good
from catalog.ingest.locations import location_reads
from catalog.ingest.memory import Remembered, salt_of
from catalog.ingest.noted import UNSETTLED, note_failure, remember, replace_problems
from catalog.ingest.read import is_unchanged, read_source
from catalog.ingest.registration import location_entity
from catalog.ingest.wanted import Collected, FileProblem, Wanted, unread_problems
from catalog.kinds import known_kinds
from catalog.models import Entity, Source
from catalog.models.source import PUSHED, SourceKind, SourceState
from catalog.sources.base import Reader, SourceFile
from catalog.sources.registry import reader_for
from catalog.teams import PEOPLE, sync_teams
from common.errors import CairnError, RateLimited
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
    #: What is to be remembered of the parsed files, and the addresses of those that are as they were.
    memory: list[Remembered] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    #: What the reader learned beside the files; kept with the counts.
    facts: dict[str, Any] = field(default_factory=dict)


def gather(source: Source, *, anew: bool = False, reader: Reader | None = None) -> Gathered:
    """Read → parse → resolve → validate → relate. Slow and outside of any transaction; changes nothing.

    Only what has changed is parsed; with ``anew`` everything is. ``reader`` reads a part of the source.
    """
    begun = time.monotonic()
    try:
        reader = reader or reader_for(source)
    except CairnError as error:
        return Gathered(begun, error=error)
    try:
        files = reader.files()
        gathered = _gathered(source, reader, files, begun, anew) or _gathered(source, reader, files, begun, anew=True)
        assert gathered
    except CairnError as error:
        gathered = Gathered(begun, error=error)
    return replace(gathered, facts=dict(reader.finish()))


def _gathered(source: Source, reader: Reader, files: list[SourceFile], begun: float, anew: bool) -> Gathered | None:
    """None when files that have not changed must be parsed, too."""
    kinds, rules = known_kinds(), configuration().rules
    salt = salt_of(kinds, rules)
    if not anew and _may_rest(source) and is_unchanged(reader, source.fingerprint, source.reads, files, salt):
        return Gathered(begun, same=True)
    collected = Collected(source.location_ref, rules)
    memory = {} if anew else _memory_of(source)
    read = read_source(reader, kinds, files, each=collected.add, memory=memory, salt=salt)
    wanted, problems = collected.wanted, [*unread_problems(read), *collected.problems]
    if source.kind == SourceKind.URL and source.target not in read.unchanged:
        registration = location_entity(source.target)
        wanted[registration.ref] = registration
    if read.unchanged and _says_again(source, wanted, read.unchanged):
        return None
    wanted = {ref: _with_commit(one, reader.commit_of(one.location)) for ref, one in wanted.items()}
    return Gathered(
        begun,
        wanted,
        problems,
        fingerprint=read.fingerprint,
        reads=read.reads,
        memory=read.memory,
        unchanged=read.unchanged,
    )


def _with_commit(one: Wanted, commit: str) -> Wanted:
    return replace(one, commit=commit) if commit else one


def _may_rest(source: Source) -> bool:
    """Whether equal bytes mean an equal outcome: nothing waits for another source, host or decision."""
    if not source.fingerprint or source.state != SourceState.OK:
        return False
    return not source.problems.filter(stage__in=UNSETTLED).exists()


def _memory_of(source: Source) -> dict[str, Remembered]:
    """The files of the last sync; none when that is to be forgotten."""
    if not source.fingerprint:
        return {}
    rows = source.read_files.values_list("address", "digest", "reads", "targets")
    return {
        address: Remembered(address, digest, tuple(reads), tuple((at, optional) for at, optional in targets))
        for address, digest, reads, targets in rows
    }


def _says_again(source: Source, wanted: Collection[str], unchanged: list[str]) -> bool:
    """Whether a changed file says what an unchanged one says too: then all of them decide who keeps it."""
    stored = source.entities.present().filter(ref__any_of=wanted)
    return stored.filter(location__any_of=unchanged).exists()


@transaction.atomic
def settle(
    source: Source,
    gathered: Gathered,
    *,
    allow_removal: bool = False,
    only: Collection[str] | None = None,
    restored: bool = False,
) -> SyncResult:
    """Diff → apply, one source at a time, so that two that name the same entities neither lose nor deadlock.

    A source that could not be read keeps what it had. With ``allow_removal`` it may remove more than the brake would
    let it. ``only`` narrows the comparison to these references; what else the source has said stays.
    ``restored`` says that a person has brought them back.
    """
    if gathered.error:
        return _keep_failure(source, gathered)
    if gathered.same:
        return _rest(source, gathered)
    hold(LOCK)
    wanted = dict(gathered.wanted)
    conflicts, taken = _conflicts(source, wanted)
    problems = [*gathered.problems, *conflicts]
    current, resting = _digests(source, only, gathered.unchanged)
    kept = _last_good(source, problems) - wanted.keys()
    changes = diff({ref: of for ref, of in current.items() if ref not in kept}, _digests_of(wanted), resting)
    state, error = SourceState.OK, ""
    if needs_decision(changes, len(current) + resting) and not allow_removal:
        state, error = SourceState.HELD, _held(len(changes.removed))
        changes = Changes(changes.added, changes.changed, (), changes.unchanged)
    if not changes.nothing:
        apply(source, wanted, changes, taken, restored=restored)
        sync_teams((*changes.added, *changes.changed, *changes.removed))
    count = replace_problems(source, problems, gathered.unchanged)
    # What was not done in full is looked at again, though its bytes are as they were.
    memory = [] if state == SourceState.HELD else gathered.memory
    remember(source, memory, gathered.unchanged, problems)
    result = SyncResult(state, changes, count, time.monotonic() - gathered.begun, error)
    _note(source, result, gathered)
    return result


def _rest(source: Source, gathered: Gathered) -> SyncResult:
    changes = Changes((), (), (), source.entities.present().count())
    result = SyncResult(SourceState.OK, changes, source.problems.count(), time.monotonic() - gathered.begun)
    _note(source, result, gathered)
    return result


def _digests(source: Source, only: Collection[str] | None, unchanged: list[str]) -> tuple[dict[str, str], int]:
    """Digests by reference of what is compared, and how many entities are not, because their files are as before."""
    stored = source.entities.present()
    if only is not None:
        return dict(stored.filter(ref__any_of=only).values_list("ref", "digest")), 0
    resting = stored.filter(location__any_of=unchanged).count() if unchanged else 0
    compared = stored.exclude(location__any_of=unchanged) if unchanged else stored
    return dict(compared.values_list("ref", "digest")), resting


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


def _conflicts(source: Source, wanted: dict[str, Wanted]) -> tuple[list[FileProblem], list[str]]:
    """Take out of ``wanted`` what another source says already, which keeps it unless it has to give way.

    Returns a problem for each that is lost, and the references that ``source`` takes over.
    """
    others = Entity.objects.present().exclude(source=source).select_related("source").only("ref", "kind", "source")
    problems, taken, givers = [], [], set()
    for refs in batched(list(wanted), BLOCK):
        for entity in others.filter(ref__any_of=refs):
            if _gives_way(entity, source):
                taken.append(entity.ref)
                givers.add(entity.source_id)
                continue
            loser = wanted.pop(entity.ref)
            message = f"{entity.ref} is said by {entity.source.target} already, which keeps it."
            hint = "Rename one, or remove one."
            problem = PureProblem("conflict", message, ("metadata", "name"), hint, line=loser.line)
            problems.append(FileProblem(loser.location, problem, entity.ref))
    # They notice at their next sync, though their bytes are as they were.
    Source.objects.filter(pk__in=givers).update(fingerprint="")
    return problems, taken


def _gives_way(entity: Entity, source: Source) -> bool:
    """Whether ``source`` may take what another one says: what was brought back by hand, and Groups and Users of
    somebody whose word does not count, so that nobody squats on the name of a team."""
    squatted = entity.kind in PEOPLE and source.decides_teams and not entity.source.decides_teams
    return squatted or entity.source.is_restored


def _held(missing: int) -> str:
    return f"This sync would remove {missing} entities, more than half of the source. Nothing was removed; decide."


def _keep_failure(source: Source, gathered: Gathered) -> SyncResult:
    error = gathered.error
    assert error
    result = SyncResult(SourceState.FAILED, error=f"{error.message} {error.hint}".strip())
    note_failure(source, FileProblem(source.target, PureProblem("read", error.message, hint=error.hint)))
    _note(source, result, gathered)
    return result


def _note(source: Source, result: SyncResult, gathered: Gathered) -> None:
    source.state, source.error = result.state, result.error
    counts = source.counts if result.state == SourceState.FAILED else result.counts
    source.counts = {**counts, **gathered.facts}
    if not (gathered.same or gathered.error):
        source.fingerprint, source.reads = gathered.fingerprint, gathered.reads
    source.last_sync_at = timezone.now()
    if result.state == SourceState.OK:
        source.good_at = source.last_sync_at
    if source.kind not in PUSHED:
        source.next_sync_at = _next_sync(source, gathered.error)
    times = ["last_sync_at", "good_at", "next_sync_at"]
    source.save(update_fields=["state", "error", "counts", "fingerprint", "reads", *times])


def _next_sync(source: Source, error: CairnError | None) -> datetime:
    """After the interval, and not before a host that answers no more requests for now answers again."""
    after = timezone.now() + source.interval
    return max(after, error.until) if isinstance(error, RateLimited) else after
