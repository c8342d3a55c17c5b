"""Where something is made: which clusters or cloud accounts serve an environment, and which of them was meant."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.errors import FieldError
from provisioning.blueprints.definition import Blueprint
from provisioning.models import CloudAccount, Cluster, Resource

Target = Cluster | CloudAccount
WORDS = {"kubernetes": "cluster", "terraform": "cloud account"}


def targets_of(blueprint: Blueprint, environment: str) -> Sequence[Target]:
    """Those that serve ``environment`` for ``blueprint``."""
    if blueprint.backend == "kubernetes":
        return Cluster.objects.serving(environment)
    return CloudAccount.objects.serving(environment)


def choices_of(blueprint: Blueprint) -> list[Target]:
    """All that a form has to offer: several where an environment leaves a choice, else none."""
    by_environment = [targets_of(blueprint, environment) for environment in blueprint.environments]
    found = {target.pk: target for targets in by_environment for target in targets if len(targets) > 1}
    return sorted(found.values(), key=lambda target: (not target.configured, target.name))


def about_target(blueprint: Blueprint, *, environment: str, name: str, wanted: str) -> Iterator[FieldError]:
    """What is wrong with where ``name`` is to be made; an environment that is not offered is named elsewhere."""
    if environment not in blueprint.environments:
        return
    word, serving = WORDS[blueprint.backend], targets_of(blueprint, environment)
    names = ", ".join(target.name for target in serving)
    if wanted and wanted not in {target.name for target in serving}:
        hint = f"Serving it: {names}." if names else "A platform admin adds one."
        yield FieldError("target", f"There is no {word} {wanted[:63]} that serves {environment}.", hint)
    elif not wanted and len(serving) > 1:
        yield FieldError("target", f"Which {word}? Several serve {environment}.", f"One of {names}.")
    elif not serving and _all_of(blueprint):
        yield FieldError("environment", f"No {word} serves {environment}.", f"A platform admin says which {word} does.")
    else:
        yield from _about_name(name, chosen(blueprint, environment, wanted))


def _about_name(name: str, target: Target | None) -> Iterator[FieldError]:
    if isinstance(target, Cluster) and target.rules.keeps(name):
        yield FieldError("name", f"{name} belongs to the cluster {target.name} itself.", "Take another name.")


def chosen(blueprint: Blueprint, environment: str, wanted: str) -> Target | None:
    """Where it will be made; None where nothing is set up, which the plan will say."""
    return next((target for target in targets_of(blueprint, environment) if wanted in ("", target.name)), None)


def place_of(blueprint: Blueprint, environment: str, wanted: str) -> Mapping[str, Any]:
    """The fields of a new resource that keep where it is made."""
    target = chosen(blueprint, environment, wanted)
    return {"cluster": target} if blueprint.backend == "kubernetes" else {"cloud_account": target}


def kept_by(resource: Resource) -> Target | None:
    """Where ``resource`` was made, also where it was before there were several."""
    if resource.definition.backend == "kubernetes":
        return resource.cluster or Cluster.objects.configured()
    return resource.cloud_account or CloudAccount.objects.configured()


def _all_of(blueprint: Blueprint) -> Sequence[Target]:
    return Cluster.objects.usable() if blueprint.backend == "kubernetes" else CloudAccount.objects.usable()
