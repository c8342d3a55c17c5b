"""Who sees which entities: the rules as they are now, and what they keep from a person.

Each process remembers the rules. While there are none, nothing here costs a query.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Sequence
from functools import reduce
from operator import or_

from django.db.models import Count, Q

from accounts.models import User, Version
from catalog.filters import as_q
from catalog.model.conditions import holds
from catalog.model.flatten import flatten
from catalog.model.visibility import Rule
from catalog.models import Entity, VisibilityRule
from common.memory import Followed, Memory

#: The number that counts the changes of rules.
VERSION = "visibility"
#: Seconds for which no process asks whether a rule has changed.
TRUSTED_FOR = 1.0
#: What a person may see, for whatever is remembered; empty for everything.
Sight = tuple[Hashable, ...]


def rules_now() -> tuple[Rule, ...]:
    """Every rule; a change is known everywhere within a second, for one small query a second."""
    return _rules.now(TRUSTED_FOR)


def rules_at(number: int | None) -> tuple[Rule, ...]:
    """Every rule, for those who have just read the number of :data:`VERSION`: then a change is known at once."""
    return _rules.at(number)


def forget() -> None:
    """Have this process look anew."""
    _rules.forget()


def rules_against(user: User) -> tuple[Rule, ...]:
    """The rules that keep something from ``user``."""
    rules = () if user.is_platform_admin else rules_now()
    return tuple(rule for rule in rules if not rule.lets_in(user.owner_refs())) if rules else ()


def sight_of(user: User) -> Sight:
    """What decides what ``user`` sees: equal for two who see the same."""
    rules = rules_against(user)
    owns = user.owner_refs() if any(rule.has_owners for rule in rules) else frozenset[str]()
    return (frozenset(rules), owns) if rules else ()


def hidden_from(user: User) -> Q | None:
    """What ``user`` may not see, for a queryset of entities that are not removed; None for nothing."""
    conditions = [taken_from(rule, user) for rule in rules_against(user)]
    return reduce(or_, conditions) if conditions else None


def taken_from(rule: Rule, user: User) -> Q:
    """What ``rule`` takes, but for what ``user`` owns where its owners see it."""
    taken = as_q(rule.condition)
    return taken & ~Q(owner_ref__in=sorted(user.owner_refs())) if rule.has_owners else taken


def is_hidden(entity: Entity, user: User) -> bool:
    """Whether ``user`` may not see ``entity``, judged by its text: what is removed stands in no index."""
    return words_hidden_from(user, entity.document, entity.owner_ref)


def words_hidden_from(user: User, document: str, owner_ref: str) -> bool:
    """Whether ``user`` might not see an entity that said ``document`` and belonged to ``owner_ref``."""
    return _is_hidden(document, owner_ref, rules_against(user), user)


def removed_hidden_from(user: User) -> frozenset[str]:
    """References of what was removed and is kept from ``user`` still."""
    sight = sight_of(user)
    if not sight:
        return frozenset()
    version = Version.objects.number("catalog")
    found = _removed.get(sight, version) if version is not None else None
    if found is None:
        found = _hidden_among_removed(user)
        _removed.put(sight, version, found)
    return found


def hidden_among(refs: Collection[str], user: User) -> frozenset[str]:
    """Those of ``refs`` that name something, present or removed, that ``user`` may not see."""
    if not rules_against(user):
        return frozenset()
    present = Entity.objects.hidden_from(user).filter(ref__any_of=list(refs)).values_list("ref", flat=True)
    return frozenset(present) | removed_hidden_from(user).intersection(refs)


def seen_among(refs: Collection[str], user: User) -> list[str]:
    """``refs`` without those of :func:`hidden_among`."""
    hidden = hidden_among(refs, user)
    return [ref for ref in refs if ref not in hidden]


def counts_taken(rules: Sequence[Rule]) -> list[int]:
    """How many entities each rule takes now, whoever sees them. One query."""
    counts = {f"rule_{index}": Count("pk", filter=as_q(rule.condition)) for index, rule in enumerate(rules)}
    return list(Entity.objects.present().aggregate(**counts).values()) if rules else []


def names_nothing_hidden(field: str, user: User) -> Q:
    """For rows of other tables that name an entity in ``field``: those whose entity is not hidden from ``user``."""
    if not rules_against(user):
        return Q()
    hidden = Entity.objects.hidden_from(user).values("ref")
    return ~Q(**{f"{field}__in": hidden}) & ~Q(**{f"{field}__in": removed_hidden_from(user)})


def _hidden_among_removed(user: User) -> frozenset[str]:
    rules = rules_against(user)
    rows = Entity.objects.exclude(deleted_at=None).values_list("ref", "document", "owner_ref").iterator(1000)
    return frozenset(ref for ref, document, owner in rows if _is_hidden(document, owner, rules, user))


def _is_hidden(document: str, owner_ref: str, rules: Iterable[Rule], user: User) -> bool:
    strict = [rule for rule in rules if not (rule.has_owners and owner_ref in user.owner_refs())]
    if not strict:
        return False
    values: dict[str, list[str | None]] = defaultdict(list)
    for key, _, value, _ in flatten(json.loads(document)):
        values[key].append(value)
    return any(holds(rule.condition, values) for rule in strict)


def _read() -> tuple[Rule, ...]:
    return tuple(row.rule for row in VisibilityRule.objects.all())


_rules = Followed(lambda: Version.objects.number(VERSION), _read)
_removed: Memory[frozenset[str]] = Memory(1000)
