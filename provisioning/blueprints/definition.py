"""A blueprint as its file says it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from provisioning.conditions import holds

Effect = Literal["approve", "deny"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the policy: when it holds, ``approvers`` decide (a role, a group's reference, or ``owner``), or nobody
    may."""

    when: Mapping[str, Any]
    effect: Effect
    reason: str
    approvers: str = "role:approver"
    count: int = 1


@dataclass(frozen=True, slots=True)
class Imposed:
    """Values of the platform that developers never reach, under a condition."""

    values: Mapping[str, Any]
    when: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Count:
    """How many of something there are: the number in an input, and ``plus``."""

    input: str
    plus: int = 0


@dataclass(frozen=True, slots=True)
class PriceBook:
    """What a resource costs a month: fixed amounts, a price per value of an input, once or as many times as ``counts``
    says, amounts per unit, and factors over all of them."""

    currency: str
    dated: str
    by_value: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    per_unit: Mapping[str, float] = field(default_factory=dict)
    factors: tuple[tuple[Mapping[str, Any], float], ...] = ()
    fixed: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, Count] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Output:
    """A value that a resource has once it is there."""

    name: str
    title: str
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """So many ``hours`` under a condition, and at most ``longest`` where people may choose."""

    hours: int
    when: Mapping[str, Any] = field(default_factory=dict)
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """A command that reaches a resource under a condition; ``{output}`` stands for one of its outputs."""

    run: str
    when: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportSpec:
    """How something that is there is taken on.

    ``fields`` are what people tell, with their titles. ``objects`` are the addresses inside the module with the
    provider's identifier of each, in which ``{field}`` stands for what was told. ``ignored`` are settings that the
    provider keeps in its own head and cannot read from the world.
    """

    fields: Mapping[str, str]
    objects: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Blueprint:
    """Something that people can ask for. ``inputs`` is the JSON Schema of the form."""

    name: str
    title: str
    #: The title inside a sentence: "a database", "a Kubernetes namespace".
    noun: str
    version: str
    owner: str
    icon: str
    description: str
    backend: str
    folder: Path
    environments: tuple[str, ...]
    name_pattern: str
    name_hint: str
    inputs: Mapping[str, Any]
    entity_type: str
    imposed: tuple[Imposed, ...] = ()
    policy: tuple[Rule, ...] = ()
    price: PriceBook | None = None
    outputs: tuple[Output, ...] = ()
    #: Inputs that the portal generates and keeps encrypted, with their title.
    secrets: Mapping[str, str] = field(default_factory=dict)
    #: Those of them that the provider cannot take without keeping them in the state, which is encrypted.
    secrets_in_state: frozenset[str] = frozenset()
    #: Inputs that may ``never`` change afterwards, only ``grow``, or (versions) only go ``forward``.
    changes: Mapping[str, str] = field(default_factory=dict)
    #: How confidential what is kept in it is, where no input ``data_class`` says so.
    data_class: str = ""
    connect: tuple[Connection, ...] = ()
    #: Inputs that say how large it is.
    sizes: tuple[str, ...] = ()
    #: The input by which the module itself refuses a deletion.
    protection: str = ""
    #: How long it lives: the last line that holds.
    lifetime: tuple[Period, ...] = ()
    #: How long it is out of service before it is deleted.
    quarantine: tuple[Period, ...] = ()
    #: Which input a field of the world is, by address and path as plans name them.
    mapping: Mapping[str, str] = field(default_factory=dict)
    imports: ImportSpec | None = None

    @property
    def order(self) -> tuple[int, ...]:
        """What versions are sorted by."""
        return order_of(self.version)

    @property
    def module(self) -> Path:
        """The folder of the Terraform module."""
        return self.folder / "module"

    def imposed_on(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The platform's values for ``facts``; later lines win. ``{name}`` in texts stands for a fact."""
        values: dict[str, Any] = {}
        for line in self.imposed:
            if holds(line.when, facts):
                values |= {name: _filled(value, facts) for name, value in line.values.items()}
        return values

    def lifetime_of(self, facts: Mapping[str, Any]) -> Period | None:
        """How long it lives; None for ever."""
        return _last(self.lifetime, facts)

    def quarantine_of(self, facts: Mapping[str, Any]) -> Period | None:
        """How long it is out of service before it is deleted; None when it is deleted at once."""
        return _last(self.quarantine, facts)


def _last(periods: tuple[Period, ...], facts: Mapping[str, Any]) -> Period | None:
    return next((period for period in reversed(periods) if holds(period.when, facts)), None)


def order_of(version: str) -> tuple[int, ...]:
    """``1.10.0`` as numbers."""
    return tuple(int(part) for part in version.split("."))


def is_older(version: str, than: str) -> bool:
    """Whether ``version`` comes before ``than``."""
    return order_of(version) < order_of(than)


def _filled(value: Any, facts: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        for name in ("environment", "owner", "team", "name"):
            value = value.replace(f"{{{name}}}", str(facts.get(name, "")))
        return value
    if isinstance(value, Mapping):
        return {key: _filled(item, facts) for key, item in value.items()}
    return value
