"""Which objects of a cluster belong to an entity, by Backstage's annotations. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ID = "backstage.io/kubernetes-id"
NAMESPACE = "backstage.io/kubernetes-namespace"
SELECTOR = "backstage.io/kubernetes-label-selector"
CLUSTER = "backstage.io/kubernetes-cluster"
ANNOTATIONS = (ID, NAMESPACE, SELECTOR)
MOST_TERMS = 20
_SET = re.compile(r"\s*([^\s,()!=]+)\s+(in|notin)\s+\(([^()]*)\)\s*")


@dataclass(frozen=True, slots=True)
class Term:
    """One condition on labels: ``key`` among ``values``, or there at all; ``negated`` the opposite."""

    key: str
    values: tuple[str, ...] = ()
    negated: bool = False

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Whether ``labels`` meet it. As in Kubernetes, a missing label meets every ``!=`` and ``notin``."""
        held = self.key in labels and (not self.values or labels[self.key] in self.values)
        return held != self.negated


@dataclass(frozen=True, slots=True)
class Selection:
    """What to look for: in one ``namespace`` or (empty) those of the owner, in one ``cluster`` or any; all of ``terms``
    must fit, and none of them means everything."""

    namespace: str = ""
    cluster: str = ""
    terms: tuple[Term, ...] = ()

    def fits(self, manifest: Mapping[str, Any]) -> bool:
        """Whether an object is meant, by its labels."""
        labels = manifest.get("metadata", {}).get("labels") or {}
        return all(term.fits(labels) for term in self.terms)


def selection_of(name: str, annotations: Mapping[str, Any]) -> Selection:
    """What belongs to the component ``name``: a selector outweighs the id, which is the name where there is none."""
    said = {key: str(annotations.get(key) or "").strip() for key in (*ANNOTATIONS, CLUSTER)}
    terms = parse_selector(said[SELECTOR]) if said[SELECTOR] else (Term(ID, (said[ID] or name,)),)
    return Selection(said[NAMESPACE], said[CLUSTER], terms)


def parse_selector(text: str) -> tuple[Term, ...]:
    """``a=b,c!=d,e in (f,g),!h,i`` as terms. What cannot be read fits nothing: better too little than another's."""
    terms: list[Term] = []
    for part in re.split(r",(?![^(]*\))", text)[:MOST_TERMS]:
        if match := _SET.fullmatch(part):
            values = tuple(value.strip() for value in match[3].split(","))
            terms.append(Term(match[1], values, match[2] == "notin"))
            continue
        key, negated, value = _plain(part.strip())
        terms.append(Term(key, (value,) if value else (), negated))
    return tuple(terms)


def _plain(part: str) -> tuple[str, bool, str]:
    for sign, negated in (("!=", True), ("==", False), ("=", False)):
        key, found, value = part.partition(sign)
        if found:
            return key.strip(), negated, value.strip()
    return part.removeprefix("!").strip(), part.startswith("!"), ""


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a workload's own selector takes a pod with ``labels``; an empty one takes none."""
    wanted = selector.get("matchLabels") or {}
    expressions = selector.get("matchExpressions") or []
    if not wanted and not expressions:
        return False
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _expressed(expression, labels) for expression in expressions
    )


def _expressed(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = str(expression.get("key")), tuple(expression.get("values") or ())
    match expression.get("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False
