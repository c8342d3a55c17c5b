"""A blueprint as data: what may be asked for, what the platform adds, who decides, what it costs. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Effect = Literal["allow", "approve", "deny"]
Mutability = Literal["mutable", "immutable", "grow-only"]


@dataclass(frozen=True, slots=True)
class Condition:
    """``fact operator value``; ``fact`` is a dotted path into the facts of a request (``inputs.instance_class``)."""

    fact: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the policy: when all of ``when`` hold, ``effect`` applies because of ``reason``.

    ``who`` is the entity ref of the group that decides, ``owner`` for the owning team, or empty for any approver.
    """

    id: str
    effect: Effect
    reason: str
    when: tuple[Condition, ...] = ()
    who: str = ""


@dataclass(frozen=True, slots=True)
class PriceItem:
    """A part of the monthly price: ``times`` (a fact or a number) × ``unit``, where ``unit`` may depend on a fact."""

    label: str
    unit: float = 0.0
    by: str = ""
    units: Mapping[str, float] = field(default_factory=dict)
    times: str | float = 1.0
    per: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """How to estimate what a resource costs a month, with the day that the unit prices are from."""

    currency: str
    as_of: str
    items: tuple[PriceItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """A value that comes out. A sensitive one goes to the secret store and is revealed once."""

    title: str
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that the portal makes, gives to the backend and reveals once to an owner."""

    title: str
    length: int = 32


@dataclass(frozen=True, slots=True)
class Emits:
    """The catalog entity of a resource: its ``spec.type``, and the outputs that become links."""

    type: str
    links: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Environment:
    """A place to provision in, with values the platform imposes there and nowhere else."""

    name: str
    title: str
    imposed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Everything a ``blueprint.yaml`` says, and the folder it stands in.

    ``schema`` is the JSON Schema of the inputs, with hints under ``ui:…``; ``name_schema`` that of the name.
    ``imposed`` may hold ``{{ name }}``, ``{{ owner }}``, ``{{ team }}`` and ``{{ environment }}``.
    """

    name: str
    title: str
    description: str
    owner: str
    backend: str
    version: str
    folder: Path
    schema: Mapping[str, Any]
    name_schema: Mapping[str, Any]
    environments: tuple[Environment, ...]
    icon: str = "box"
    imposed: Mapping[str, Any] = field(default_factory=dict)
    policy: tuple[Rule, ...] = ()
    price: Price | None = None
    outputs: Mapping[str, Output] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    mutability: Mapping[str, Mutability] = field(default_factory=dict)
    emits: Emits = field(default_factory=lambda: Emits("resource"))
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def module(self) -> Path:
        """The Terraform module of a blueprint with that backend."""
        return self.folder / "module"

    def environment(self, name: str) -> Environment | None:
        """The environment called ``name``."""
        return next((each for each in self.environments if each.name == name), None)

    def output_names(self, *, sensitive: bool) -> Sequence[str]:
        """The outputs that are secrets, or those that are not."""
        return [name for name, output in self.outputs.items() if output.sensitive == sensitive]
