"""What the namespace blueprint's inputs must be beyond their shape, the same on form, API and manifest. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from common.errors import FieldError
from common.quantities import Quantity, QuantityError, parse_quantity

#: The resources that a team may ask for. Others of a ResourceQuota are the platform's.
QUOTA = ("requests.cpu", "requests.memory", "limits.cpu", "limits.memory")
MOST_DESCRIPTION = 500
_FIELDS = frozenset({"description", "quota", "networkPolicies"})
_POLICIES = frozenset({"defaultDeny", "allowIngress"})
_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?", re.ASCII)
#: Namespaces of the cluster itself, and the prefix that Kubernetes keeps.
_RESERVED = ("default",)
_RESERVED_PREFIX = "kube-"


def check_name(name: object, path: str) -> Iterator[FieldError]:
    """What is wrong with ``name`` as the name of a new namespace."""
    if name is None or name == "":
        yield FieldError(path, "The name is missing.", "Name the namespace, such as orders.")
    elif not isinstance(name, str):
        yield mistyped(path, name, "a text")
    elif not _is_label(name):
        yield _not_a_name(path, name)
    elif name in _RESERVED or name.startswith(_RESERVED_PREFIX):
        yield FieldError(path, f"{name} belongs to the cluster itself.", "Take another name.")


def check_inputs(inputs: Mapping[str, Any], prefix: str = "inputs") -> Iterator[FieldError]:
    """Everything wrong with ``inputs``; the paths begin with ``prefix``."""
    yield from _unknown(inputs, _FIELDS, prefix)
    yield from _check_description(inputs.get("description"), f"{prefix}.description")
    quota = inputs.get("quota")
    if isinstance(quota, Mapping) and quota:
        yield from _check_quota(quota, f"{prefix}.quota")
    elif quota is None or quota == {}:
        yield FieldError(f"{prefix}.quota", "The quota is missing.", f"Give at least one of {list_words(QUOTA)}.")
    else:
        yield mistyped(f"{prefix}.quota", quota, "a mapping")
    policies = inputs.get("networkPolicies", {})
    if isinstance(policies, Mapping):
        yield from _check_policies(policies, f"{prefix}.networkPolicies")
    else:
        yield mistyped(f"{prefix}.networkPolicies", policies, "a mapping")


def mistyped(path: str, given: object, wanted: str) -> FieldError:
    """The error for a value of another type than ``wanted``."""
    if given is None:
        return FieldError(path, f"{path} is missing.", f"It is {wanted}.")
    return FieldError(path, f"{path} must be {wanted}.", f"It is {_type_word(given)} now.")


def list_words(words: Iterable[str]) -> str:
    """``words`` in alphabetical order with commas between."""
    return ", ".join(sorted(words))


def _type_word(given: object) -> str:
    words = {
        dict: "a mapping",
        list: "a list",
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return words.get(type(given), "something else")


def _check_description(given: object, path: str) -> Iterator[FieldError]:
    if given is None:
        return
    if not isinstance(given, str):
        yield mistyped(path, given, "a text")
    elif len(given) > MOST_DESCRIPTION:
        yield FieldError(path, f"The description has {len(given)} characters; the most is {MOST_DESCRIPTION}.")
    elif any(not character.isprintable() and character not in "\n\t" for character in given):
        yield FieldError(path, "The description holds characters that cannot be shown.", "Take out control characters.")


def _check_quota(quota: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    amounts: dict[str, Quantity] = {}
    for name, given in quota.items():
        if name not in QUOTA:
            yield FieldError(
                f"{path}.{name}", f"{name} is no quota a team can set.", f"Known here: {list_words(QUOTA)}."
            )
            continue
        try:
            amounts[name] = parse_quantity(given)
        except QuantityError as error:
            yield FieldError(f"{path}.{name}", error.message, error.hint)
            continue
        if not amounts[name].value:
            yield FieldError(f"{path}.{name}", "With nothing of it, no pod could start.", "Write an amount above zero.")
    yield from _requests_above_limits(amounts, path)


def _requests_above_limits(amounts: Mapping[str, Quantity], path: str) -> Iterator[FieldError]:
    for resource in ("cpu", "memory"):
        request, limit = amounts.get(f"requests.{resource}"), amounts.get(f"limits.{resource}")
        if request is not None and limit is not None and request > limit:
            yield FieldError(
                f"{path}.requests.{resource}",
                f"Requests of {request} are above the limit of {limit}.",
                f"Lower it, or raise limits.{resource}: a container's request never exceeds its limit.",
            )


def _check_policies(policies: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    yield from _unknown(policies, _POLICIES, path)
    deny = policies.get("defaultDeny", True)
    if not isinstance(deny, bool):
        yield mistyped(f"{path}.defaultDeny", deny, "true or false")
    allowed = policies.get("allowIngress", [])
    if not isinstance(allowed, list):
        yield mistyped(f"{path}.allowIngress", allowed, "a list")
        return
    if allowed and deny is False:
        yield FieldError(
            f"{path}.allowIngress",
            "Nothing is denied, so there is nothing to allow.",
            "Set defaultDeny: true, or leave allowIngress out.",
        )
    for index, rule in enumerate(allowed):
        yield from _check_rule(rule, f"{path}.allowIngress[{index}]")


def _check_rule(rule: object, path: str) -> Iterator[FieldError]:
    if not isinstance(rule, Mapping):
        yield mistyped(path, rule, "a mapping")
        return
    yield from _unknown(rule, frozenset({"fromNamespace"}), path)
    source = rule.get("fromNamespace")
    if not isinstance(source, str):
        yield mistyped(f"{path}.fromNamespace", source, "the name of a namespace")
    elif not _is_label(source):
        yield _not_a_name(f"{path}.fromNamespace", source)


def _unknown(given: Mapping[str, Any], known: frozenset[str], path: str) -> Iterator[FieldError]:
    for name in given:
        if name not in known:
            yield FieldError(f"{path}.{name}", f"There is no field {name} here.", f"Known here: {list_words(known)}.")


def _is_label(name: str) -> bool:
    return len(name) <= 63 and _LABEL.fullmatch(name) is not None


def _not_a_name(path: str, name: str) -> FieldError:
    return FieldError(
        path,
        f"{name[:80]!r} cannot be the name of a namespace.",
        "Use at most 63 lower-case letters, digits and hyphens; begin and end with a letter or digit.",
    )
