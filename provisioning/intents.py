"""What is known of each object of a request after its apply has ended badly, and what may exist unknown to the state.

A Terraform that is killed leaves no trace of what it was making, and none of what it made since it last stored its
state, which it does every twenty seconds. So each beginning and each end is written down as Terraform reports it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from integrations.terraform.events import Event
from provisioning.backends.base import Change
from provisioning.models import Intent, Request
from provisioning.models.intent import IntentState
from runs.database import database_may_be_away

_STATES = {
    "apply_start": IntentState.BEGUN,
    "apply_complete": IntentState.DONE,
    "apply_errored": IntentState.FAILED,
}
_WRITES = frozenset({"create", "update", "delete"})
#: Arguments by which providers tell one object from another, the most exact first.
_NAMES = ("identifier", "bucket", "replication_group_id", "cluster_identifier", "name", "id")


@dataclass(frozen=True, slots=True)
class Found:
    """An object of a plan. ``name`` is what to look for at the provider, ``identifier`` what it was told to be called
    there; each is empty where it is not known."""

    address: str
    action: str
    state: str
    name: str = ""
    identifier: str = ""

    @property
    def may_exist(self) -> bool:
        """Whether it may have been made without the state knowing, or has been."""
        return self.state in {IntentState.BEGUN, IntentState.LOST} and self.action in {"create", "replace"}


def note(run_id: int, event: Event) -> None:
    """Write down what ``event`` says of an object; anything else, and what was heard before, changes nothing."""
    state = _STATES.get(event.kind)
    if state is None or event.action not in _WRITES:
        return
    known = {"state": state, "at": timezone.now()} | ({"identifier": event.identifier} if event.identifier else {})
    with database_may_be_away():
        Intent.objects.update_or_create(run_id=run_id, address=event.address, action=event.action, defaults=known)


def settle(run_id: int, planned: Iterable[Change], left: Sequence[Change]) -> None:
    """A look through the state has shown what of ``planned`` is ``left`` to do: the rest was done, whatever was heard.
    What was heard to be made, and is still to be made, the state does not know."""
    addresses = {change.address for change in left}
    to_make = [change.address for change in left if change.action == "create"]
    Intent.objects.filter(run_id=run_id, address__in=to_make, state=IntentState.DONE).update(state=IntentState.LOST)
    for change in planned:
        if change.address not in addresses:
            done = {"state": IntentState.DONE, "at": timezone.now()}
            Intent.objects.update_or_create(run_id=run_id, address=change.address, action=change.action, defaults=done)


def found(request: Request) -> list[Found]:
    """Each object of the plan that was applied last, with what became of it."""
    heard = {intent.address: intent for intent in _of(request).order_by("at", "pk")}
    return [_found(change, heard.get(change["address"])) for change in (request.plan or {}).get("changes", [])]


def was_begun(request: Request) -> bool:
    """Whether an apply of this request has touched anything."""
    return _of(request).exists()


def _of(request: Request) -> QuerySet[Intent]:
    """Those of all its runs: one that was planned again has several."""
    return Intent.objects.filter(run__subject_kind="request", run__subject_id=str(request.pk))


def _found(change: Mapping[str, Any], intent: Intent | None) -> Found:
    state = intent.state if intent else "not begun"
    identifier = intent.identifier if intent else ""
    return Found(change["address"], change["action"], state, _name(change["fields"]), identifier)


def _name(fields: Iterable[Mapping[str, Any]]) -> str:
    values = {field["path"]: field["after"] for field in fields if isinstance(field["after"], str)}
    return next((values[name] for name in _NAMES if values.get(name)), "")
