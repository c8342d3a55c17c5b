"""What a source holds: places at which a version of a blueprint may be. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from provisioning.blueprints.package import BLUEPRINT, Files


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. ``file`` is a path in the blueprint's folder, ``field`` a place in its YAML."""

    message: str
    hint: str = ""
    file: str = BLUEPRINT
    line: int | None = None
    field: str = ""

    def as_json(self, place: str) -> dict[str, object]:
        """As it is kept and shown."""
        return {"place": place, **asdict(self)}


class Refused(Exception):
    """What is at a place cannot be taken, because of ``faults``."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Candidate:
    """A version that may be at ``place``, a tag or a folder.

    ``read`` gives its files, or raises Refused. ``name`` and ``version`` are what the place says itself, where it does;
    ``commit`` is there for tags.
    """

    place: str
    read: Callable[[], Files]
    name: str = ""
    version: str = ""
    commit: str = ""

    @property
    def origin(self) -> str:
        """The place in words."""
        return f"{self.place} at {self.commit[:12]}" if self.commit else self.place
