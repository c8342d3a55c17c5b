"""Which resources are on which version of their blueprint."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from provisioning.blueprints import blueprint_at, offered, versions_of
from provisioning.blueprints.definition import Blueprint, is_older, order_of
from provisioning.models import BlueprintVersion, Resource
from provisioning.models.resource import ResourceState


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of a blueprint, and how many resources are on it. ``behind`` is how many offered ones are newer."""

    version: str
    row: BlueprintVersion | None
    used: int
    behind: int
    is_offered: bool
    is_newest: bool

    @property
    def is_draft(self) -> bool:
        """Whether nobody could ever ask for it."""
        return self.row is not None and self.row.state == "draft"


@dataclass(frozen=True, slots=True)
class Line:
    """A blueprint with its versions, the newest first."""

    blueprint: Blueprint
    versions: tuple[VersionLine, ...]
    source: str

    @property
    def used(self) -> int:
        """How many resources there are of it."""
        return sum(version.used for version in self.versions)

    @property
    def outdated(self) -> int:
        """How many of them could be upgraded."""
        return sum(version.used for version in self.versions if version.behind)


def fleet() -> list[Line]:
    """Every blueprint that is offered, is a draft, or that something was made of. Three queries."""
    used = _used()
    rows = {(row.name, row.version): row for row in BlueprintVersion.objects.select_related("source")}
    versions: dict[str, set[str]] = defaultdict(set)
    for name, version in [*used, *rows, *((blueprint.name, blueprint.version) for blueprint in offered())]:
        versions[name].add(version)
    return [_line(name, versions[name], used, rows) for name in sorted(versions)]


def versions_in_use(name: str) -> tuple[VersionLine, ...]:
    """The same for one blueprint; empty when there is none."""
    rows = {(row.name, row.version): row for row in BlueprintVersion.objects.filter(name=name)}
    used = _used(name)
    versions = {version for _, version in [*used, *rows]} | {blueprint.version for blueprint in versions_of(name)}
    return _lines(name, versions, used, rows)


def _used(name: str = "") -> Counter[tuple[str, str]]:
    there = Resource.objects.exclude(state=ResourceState.DELETED)
    there = there.filter(blueprint=name) if name else there
    return Counter(there.values_list("blueprint", "blueprint_version"))


def _line(
    name: str,
    versions: set[str],
    used: Counter[tuple[str, str]],
    rows: dict[tuple[str, str], BlueprintVersion],
) -> Line:
    lines = _lines(name, versions, used, rows)
    newest = next((line.version for line in lines if line.is_newest), lines[0].version)
    source = next((str(line.row.source) for line in lines if line.row and line.row.source), "")
    return Line(blueprint_at(name, newest), lines, source)


def _lines(
    name: str,
    versions: set[str],
    used: Counter[tuple[str, str]],
    rows: dict[tuple[str, str], BlueprintVersion],
) -> tuple[VersionLine, ...]:
    there = {blueprint.version for blueprint in versions_of(name)}
    ordered = sorted(versions, key=order_of, reverse=True)
    newest = next((version for version in ordered if version in there), "")
    return tuple(
        VersionLine(
            version,
            rows.get((name, version)),
            used[name, version],
            sum(is_older(version, other) for other in there),
            version in there,
            version == newest,
        )
        for version in ordered
    )
