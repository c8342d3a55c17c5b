"""What Cairn reads of Backstage's ``app-config.yaml``: locations, providers, rules, kinds, who sees what,
Git hosts with their credentials, hosts that may be read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from catalog.hosts import Brand, GitHost, default_host, parse_hosts
from catalog.ingest.rules import Place, Rule, parse_rules
from catalog.model.declared import declared_kinds
from catalog.model.kinds import Kind
from catalog.model.visibility import Rule as VisibilityRule
from catalog.model.visibility import declared_rules
from catalog.providers import ConfiguredSource, parse_providers
from common.errors import UserError
from common.yaml12 import YamlProblem, load_documents

DEFAULT_FILE = "app-config.yaml"
DEFAULT_FILENAME = "catalog-info.yaml"
_VARIABLE = re.compile(r"\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Location:
    """One entry of ``catalog.locations``. The target of a file is an absolute path."""

    type: str
    target: str


@dataclass(frozen=True, slots=True)
class ReadingAllow:
    """A private host that may be read, below certain paths or everywhere."""

    host: str
    paths: tuple[str, ...] = ()

    def fits(self, address: str) -> bool:
        """Whether ``address`` may be read by this entry."""
        parts = urlsplit(address)
        hosts = {parts.netloc.lower(), (parts.hostname or "").lower()}
        here = any(fnmatchcase(host, self.host.lower()) for host in hosts)
        return here and (not self.paths or parts.path.startswith(self.paths))


@dataclass(frozen=True, slots=True)
class AppConfig:
    """The parts of the configuration that the catalog follows."""

    locations: tuple[Location, ...] = ()
    rules: tuple[Rule, ...] = ()
    reading_allow: tuple[ReadingAllow, ...] = ()
    #: What catalog files are called in this company: ``catalog.import.entityFilename``.
    entity_filename: str = DEFAULT_FILENAME
    #: Whether nobody registers or removes locations: ``catalog.readonly``.
    readonly: bool = False
    #: What registering a location again does: ``reject`` or ``refresh``.
    on_conflict: str = "reject"
    hosts: tuple[GitHost, ...] = ()
    providers: tuple[ConfiguredSource, ...] = ()

    def git_host(self, host: str, brand: Brand | None = None) -> GitHost | None:
        """What is known of ``host``: configured, or one of a brand by its name. With ``brand`` there is always one."""
        host = host.lower()
        for one in self.hosts:
            if one.host == host and brand in {None, one.brand}:
                return one
        guessed: Brand | None = "github" if host == "github.com" else "gitlab" if host.startswith("gitlab.") else None
        found = brand or guessed
        return default_host(found, host) if found else None

    def hosts_for(self, address: str) -> tuple[str, ...]:
        """The host of ``address`` when it may be read although it is private."""
        host = urlsplit(address).netloc
        return (host,) if any(entry.fits(address) for entry in self.reading_allow) else ()


@cache
def current() -> AppConfig:
    """The configuration of this process; changed files count from the next start. UserError says what is wrong."""
    return parse(merged_document())


def configured_kinds() -> tuple[Kind, ...]:
    """The kinds of ``catalog.kinds`` as the files have them now. UserError names what is wrong with which."""
    return declared_kinds((merged_document().get("catalog") or {}).get("kinds"))


def configured_rules() -> tuple[VisibilityRule, ...]:
    """The rules of ``catalog.visibility`` as the files have them now. UserError names what is wrong with which."""
    return declared_rules((merged_document().get("catalog") or {}).get("visibility"))


def merged_document() -> dict[str, Any]:
    """The files of the configuration as they are now, merged, variables filled in."""
    merged: dict[str, Any] = {}
    for path in files():
        merged = _merge(merged, _load(path, settings.APP_CONFIG_ENVIRONMENT))
    return merged


def files() -> list[Path]:
    """The files that the configuration stands in; none where nobody named one and there is none."""
    named = [Path(name) for name in settings.APP_CONFIG] or [Path(DEFAULT_FILE)]
    return [path for path in named if path.is_file() or settings.APP_CONFIG]


def parse(merged: Mapping[str, Any]) -> AppConfig:
    """The merged document in our words."""
    catalog = merged.get("catalog") or {}
    reading = (merged.get("backend") or {}).get("reading") or {}
    try:
        locations, rules = [], list(parse_rules(catalog.get("rules") or []))
        for given in catalog.get("locations") or []:
            location = Location(given["type"], given["target"])
            locations.append(location)
            rules += parse_rules(given.get("rules") or [], (Place(location.type, location.target),))
        filename = str((catalog.get("import") or {}).get("entityFilename") or DEFAULT_FILENAME)
        on_conflict = str(catalog.get("defaultLocationConflictStrategy") or "reject")
        hosts = parse_hosts(merged.get("integrations") or {})
        providers = parse_providers(catalog.get("providers") or {})
        allowed = [ReadingAllow(one["host"], tuple(one.get("paths") or ())) for one in reading.get("allow") or []]
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        parts = "catalog, integrations or backend.reading"
        raise UserError(f"{parts} in app-config.yaml is not usable: {error}.") from None
    return AppConfig(
        locations=tuple(locations),
        rules=tuple(rules),
        reading_allow=tuple(allowed),
        entity_filename=filename,
        readonly=bool(catalog.get("readonly")),
        on_conflict=on_conflict,
        hosts=hosts,
        providers=providers,
    )


def _load(path: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    try:
        document = load_documents(path.read_bytes())[0]
    except (OSError, YamlProblem, IndexError) as error:
        raise UserError(f"{path} cannot be read: {error}.", hint="CAIRN_APP_CONFIG names it.") from None
    if document.problem or not isinstance(document.value, dict):
        raise UserError(f"{path} is not a YAML object: {document.problem.message if document.problem else ''}")
    filled: dict[str, Any] = fill(document.value, environment)
    for location in (filled.get("catalog") or {}).get("locations") or []:
        if isinstance(location, dict) and location.get("type") == "file":
            location["target"] = str(_beside(path.absolute().parent, location["target"]))
    return filled


def _beside(folder: Path, target: str) -> Path:
    """Backstage's own backend starts in ``packages/backend`` and names its files from there."""
    choices = [(folder / target).resolve(), (folder / "packages/backend" / target).resolve()]
    return next((path for path in choices if path.exists()), choices[0])


def fill(value: Any, environment: Mapping[str, str]) -> Any:
    """``value`` with ``${NAME}``, ``${NAME:-default}`` and ``$env`` filled in; a text with a missing name is None."""
    if isinstance(value, dict):
        if set(value) == {"$env"}:
            return environment.get(str(value["$env"]))
        return {key: fill(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, environment) for item in value]
    if not isinstance(value, str):
        return value
    parts = [_variable(match, environment) for match in _VARIABLE.finditer(value)]
    return None if None in parts else _VARIABLE.sub(lambda _: parts.pop(0) or "", value)


def _variable(match: re.Match[str], environment: Mapping[str, str]) -> str | None:
    return "$" if match.group() == "$$" else environment.get(match.group(1), match.group(2))


def _merge(below: Any, above: Any) -> Any:
    """Objects merge key by key, everything else is replaced, as Backstage merges its files."""
    if isinstance(below, dict) and isinstance(above, dict):
        return below | {key: _merge(below.get(key), item) for key, item in above.items()}
    return above
