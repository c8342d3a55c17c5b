"""``catalog.providers`` of app-config.yaml, as sources. Keys and defaults are Backstage's. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

_ISO = re.compile(
    r"^P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?$"
)
_PLAIN = re.compile(r"^(?P<count>\d+)\s*(?P<unit>w|d|h|m|s|weeks?|days?|hours?|minutes?|seconds?)$")
_UNITS = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds")
#: More often than this costs more than it tells.
LEAST = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class ConfiguredSource:
    """A source as the configuration has it; without ``interval`` it is read as often as any other."""

    kind: str
    target: str
    options: Mapping[str, Any] = field(default_factory=dict)
    interval: timedelta | None = None


def parse_providers(providers: Mapping[str, Any]) -> tuple[ConfiguredSource, ...]:
    """The sources that ``github``, ``githubOrg`` and ``gitlab`` stand for; ValueError names what cannot be used."""
    found = [
        *_github(providers.get("github")),
        *_github_people(providers.get("githubOrg")),
        *_gitlab(providers.get("gitlab")),
    ]
    return tuple(_apart(found))


def _apart(found: list[ConfiguredSource]) -> Iterator[ConfiguredSource]:
    """Two providers may read one organisation in two ways; the second is told apart by a mark on its target."""
    seen: dict[tuple[str, str], int] = {}
    for one in found:
        key = (one.kind, one.target)
        seen[key] = seen.get(key, 0) + 1
        mark = f"#{seen[key]}" if seen[key] > 1 else ""
        yield ConfiguredSource(one.kind, f"{one.target}{mark}", one.options, one.interval)


def _github(given: Any) -> Iterator[ConfiguredSource]:
    for name, one in _named(given, "organization"):
        filters = one.get("filters") or {}
        kept = {
            **_present(filters, repository="repository", branch="branch", topic="topic", visibility="visibility"),
            **_present(filters, allowForks="allow_forks", allowArchived="allow_archived"),
        }
        options = {**_present(one, catalogPath="catalog_path"), **({"filters": kept} if kept else {})}
        target = f"https://{one.get('host') or 'github.com'}/{_text(one, 'organization', f'github.{name}')}"
        yield ConfiguredSource("github", target, options, _interval(one))


def _github_people(given: Any) -> Iterator[ConfiguredSource]:
    listed = given if isinstance(given, list) else [one for _, one in _named(given, "orgs", "githubUrl", "id")]
    for one in listed:
        if not one.get("orgs"):
            raise ValueError("catalog.providers.githubOrg needs orgs, the names of organisations")
        url = str(one.get("githubUrl") or "https://github.com").rstrip("/")
        for organisation in one["orgs"]:
            yield ConfiguredSource("github-org", f"{url}/{organisation}", {}, _interval(one))


def _gitlab(given: Any) -> Iterator[ConfiguredSource]:
    for _, one in _named(given, "host", "group"):
        target = f"https://{one.get('host') or 'gitlab.com'}/{one.get('group') or ''}".rstrip("/")
        options = _present(
            one,
            catalogFile="catalog_path",
            entityFilename="catalog_path",
            projectPattern="project_pattern",
            branch="branch",
            fallbackBranch="fallback_branch",
            excludeRepos="exclude",
            skipForkedRepos="skip_forks",
            includeArchivedRepos="include_archived",
        )
        topics = one.get("topics")
        if topics:
            options["topics"] = topics.split(",") if isinstance(topics, str) else topics
        yield ConfiguredSource("gitlab", target, options, _interval(one))
        if one.get("orgEnabled"):
            yield ConfiguredSource("gitlab-org", target, {}, _interval(one))


def _named(given: Any, *marks: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Providers by id. One that has a key of ``marks`` at the top stands alone."""
    if not given:
        return
    if not isinstance(given, dict):
        raise ValueError("a provider must be an object, or a map of ids to objects")
    for name, one in ({"default": given} if set(marks) & set(given) else given).items():
        if not isinstance(one, dict):
            raise ValueError(f"the provider {name} must be an object")
        yield name, one


def _present(given: Mapping[str, Any], **names: str) -> dict[str, Any]:
    """What is there and not null, under our names."""
    return {ours: given[theirs] for theirs, ours in names.items() if given.get(theirs) is not None}


def _text(given: Mapping[str, Any], name: str, where: str) -> str:
    if not isinstance(given.get(name), str):
        raise ValueError(f"catalog.providers.{where} needs {name}")
    return str(given[name])


def _interval(given: Mapping[str, Any]) -> timedelta | None:
    """``schedule.frequency``; None for none, for cron and for reading by hand."""
    frequency = (given.get("schedule") or {}).get("frequency")
    if not frequency or (isinstance(frequency, dict) and {"cron", "trigger"} & set(frequency)):
        return None
    return max(duration(frequency), LEAST)


def duration(given: Any) -> timedelta:
    """``PT30M``, ``30 minutes`` or ``{minutes: 30}``; ValueError for anything else."""
    if isinstance(given, dict) and given and set(given) <= set(_UNITS):
        return timedelta(**{unit: float(count) for unit, count in given.items()})
    text = given.strip() if isinstance(given, str) else ""
    if (iso := _ISO.match(text)) and any(iso.groupdict().values()):
        return timedelta(**{unit: int(count) for unit, count in iso.groupdict().items() if count})
    if plain := _PLAIN.match(text):
        unit = next(unit for unit in _UNITS if unit.startswith(plain["unit"][0]))
        return timedelta(**{unit: int(plain["count"])})
    raise ValueError(f"{given} is no duration; write PT30M or {{minutes: 30}}")
