"""What travels between the stages. Pure."""

from dataclasses import dataclass, field
from typing import Any, Literal

from catalog.model.refs import EntityRef

Stage = Literal[
    "parse", "envelope", "preprocess", "policy", "kind", "unknown-kind", "location", "relations", "read", "conflict"
]
Outcome = Literal["valid", "invalid", "empty", "yaml-error", "not-object", "not-reached", "undetermined"]
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. ``line`` and ``column`` count from 1; 0 when there is no place to point at."""

    stage: Stage
    message: str
    path: Path = ()
    hint: str = ""
    line: int = 0
    column: int = 0

    @property
    def field(self) -> str:
        """The path as people write it: ``spec.owner``, ``metadata.links.0.url``."""
        return ".".join(str(part) for part in self.path)


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """``source`` —``type``→ ``target``, canonical references."""

    source: str
    type: str
    target: str


@dataclass(slots=True)
class ValidEntity:
    """An entity that may be stored. ``document`` is complete but for server fields and relations."""

    ref: EntityRef
    document: dict[str, Any]
    relations: tuple[Relation, ...]
    line: int = 0


@dataclass(slots=True)
class Verdict:
    """What became of one document."""

    index: int
    line: int
    outcome: Outcome
    raw: dict[str, Any] | None = None
    #: The canonical reference, known once the envelope holds, whatever is wrong with the rest.
    ref: str = ""
    problem: Problem | None = None
    entity: ValidEntity | None = None
    placeholders: tuple[str, ...] = ()
    placeholder_reads: tuple[str, ...] = ()
    location_reads: tuple[str, ...] = ()


@dataclass(slots=True)
class FileResult:
    """What became of a file. ``accepted`` is Backstage's whole-file verdict; ``errors`` are what it rests on."""

    verdicts: list[Verdict] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        """Whether Backstage would take anything of the file."""
        return not self.errors

    @property
    def problems(self) -> list[Problem]:
        """Everything wrong with the file, in order."""
        found = [verdict.problem for verdict in self.verdicts if verdict.problem]
        return [*(error for error in self.errors if error not in found), *found]

    @property
    def entities(self) -> list[ValidEntity]:
        """The good ones."""
        return [verdict.entity for verdict in self.verdicts if verdict.entity]
