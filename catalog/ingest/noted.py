"""What is noted of a sync beside its entities: the problems, and the files that need not be parsed again."""

from collections.abc import Sequence

from catalog.ingest.memory import Remembered
from catalog.ingest.wanted import FileProblem
from catalog.models import Problem, ReadFile, Source

#: Problems that may end although no byte of the file changes: it is parsed each time until they do.
UNSETTLED = ("conflict", "read", "preprocess", "policy")
_NAMES = ("file", "line", "column", "stage", "field", "message", "hint", "entity_ref")


def replace_problems(source: Source, problems: Sequence[FileProblem], unchanged: Sequence[str] = ()) -> int:
    """Make ``problems`` those of the source; files that were not parsed keep theirs. Returns how many there are.

    The rows stay as they are when nothing about them has changed.
    """
    stored = source.problems.exclude(file__any_of=unchanged)
    wanted = [_values(problem) for problem in problems]
    if sorted(wanted) != sorted(stored.values_list(*_NAMES)):
        stored.delete()
        Problem.objects.bulk_create([Problem(source=source, **dict(zip(_NAMES, row, strict=True))) for row in wanted])
    return source.problems.count()


def note_failure(source: Source, problem: FileProblem) -> None:
    """Put what kept a whole source from being read beside the problems of its files, which are as they were.

    The file of its address is parsed again at the next sync: what this takes the place of is known then.
    """
    others = source.problems.exclude(file=problem.file).values_list("file", flat=True).distinct()
    replace_problems(source, [problem], list(others))
    source.read_files.filter(address=problem.file).delete()


def _values(found: FileProblem) -> tuple[str | int, ...]:
    problem = found.problem
    place = (found.file, problem.line, problem.column, problem.stage)
    return (*place, problem.field, problem.message, problem.hint, found.entity_ref)


def remember(
    source: Source, memory: Sequence[Remembered], unchanged: Sequence[str], problems: Sequence[FileProblem]
) -> None:
    """Keep what is known of the parsed files, but for those whose problems may end by themselves."""
    unsettled = {found.file for found in problems if found.problem.stage in UNSETTLED}
    source.read_files.exclude(address__any_of=unchanged).delete()
    ReadFile.objects.bulk_create(
        [
            ReadFile(source=source, address=one.address, digest=one.digest, reads=one.reads, targets=one.targets)
            for one in memory
            if one.digest and one.address not in unsettled
        ]
    )
