"""Asking, and waiting for one's turn: of each resource one request is under way, the others stand in line behind it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.permissions import require
from common.errors import CairnError, Conflict, FieldError, UserError
from provisioning.actions import move, start
from provisioning.asking import Asked, require_valid
from provisioning.budgets import require_room
from provisioning.day_two import require_possible, wish
from provisioning.effects import begin, new_resource
from provisioning.judging import judged
from provisioning.models import Request, Resource
from provisioning.permissions import may_request
from provisioning.states import ACTIVE, DENIED, EVALUATING, FAILED, QUEUED
from provisioning.trail import announce_request, record_request

LONGEST_KEY = 200
#: So many stand in line for one resource.
LONGEST_LINE = 10


def submit(
    *,
    asked: Asked,
    by: User | None,
    resource: Resource | None = None,
    idempotency_key: str | None = None,
    body_digest: str = "",
) -> Request:
    """Ask; ``by`` None is the portal itself, which keeps to what was agreed and does not stand in line.

    Raises UserError for mistakes by field, PermissionRefused for another team's, Conflict for a name that was taken
    meanwhile and for what the resource does not allow, and UserError ``request-denied`` where the policy says no and
    ``over-budget`` where a budget does not suffice. What somebody asks of a resource that is busy waits for its turn,
    and all of that is looked at again then.
    """
    if idempotency_key and len(idempotency_key) > LONGEST_KEY:
        raise UserError(f"An Idempotency-Key has at most {LONGEST_KEY} characters.", id="idempotency-key")
    if idempotency_key and by and (known := _known(by, idempotency_key, body_digest)):
        return known
    if asked.owner_ref and by:
        require(may_request(by, asked.owner_ref))
    require_valid(asked)
    request = Request(action=asked.action, requested_by=by, idempotency_key=idempotency_key, body_digest=body_digest)
    try:
        with transaction.atomic():
            return _submit(request, asked, resource)
    except IntegrityError as error:
        raise _collision(error, asked) from None


def _submit(request: Request, asked: Asked, resource: Resource | None) -> Request:
    if resource:
        resource = Resource.objects.select_for_update().get(pk=resource.pk)
        require_possible(asked, resource)
        busy = resource.requests.filter(state__in=ACTIVE).select_related("resource").first()
        if busy and request.requested_by:
            return _line_up(request, asked, resource, busy)
    return _evaluate(request, asked, resource)


def _evaluate(request: Request, asked: Asked, resource: Resource | None) -> Request:
    """Judge it, reserve what it takes, and begin: in one transaction, with the resource's row held."""
    by = request.requested_by
    asked, uses = judged(asked, resource, by=by, lock=True)
    _require_allowed(asked)
    require_room(uses)
    request.resource = resource or new_resource(asked)
    request.inputs, request.state = dict(asked.inputs), EVALUATING
    _fill(request, asked)
    request.save()
    begin(request)
    start(request, by)
    record_request("request.submitted", request, by=by, action=asked.action)
    announce_request(f"request.{request.state}", request)
    return request


def _line_up(request: Request, asked: Asked, resource: Resource, busy: Request) -> Request:
    """Keep what it would change, for the time when ``busy`` has ended."""
    if busy.action == "delete":
        raise Conflict(f"{resource.name} is being deleted.", id="resource-busy", hint="Withdraw that request first.")
    if resource.requests.filter(state=QUEUED).count() >= LONGEST_LINE:
        message = f"{LONGEST_LINE} requests wait for {resource.name} already."
        raise Conflict(message, id="resource-busy", hint="Withdraw one of them, or wait.")
    asked, _ = judged(asked, resource, by=request.requested_by)
    _require_allowed(asked)
    request.resource, request.state = resource, QUEUED
    request.inputs = {name: value for name, value in asked.inputs.items() if asked.current.get(name) != value}
    _fill(request, asked)
    request.save()
    record_request("request.queued", request, by=request.requested_by, action=asked.action, behind=busy.pk)
    announce_request("request.queued", request)
    return request


def _fill(request: Request, asked: Asked) -> None:
    request.blueprint_version = asked.blueprint.version
    request.parameters, request.receiver_ref = dict(asked.parameters), asked.receiver_ref
    request.policy, request.facts = asked.decision.as_json(), asked.record
    request.price = asked.price.as_json() if asked.price else None


def _require_allowed(asked: Asked) -> None:
    if asked.decision.decision == "deny":
        message = "; ".join(asked.decision.reasons) + "."
        raise UserError(message, id="request-denied", hint="The platform's policy does not allow it.")


def take_turns(resource_id: int) -> None:
    """Begin the request that is first in line for a resource, if nothing is under way; one that has become impossible
    meanwhile ends with the reason, and the next has its turn."""
    while _take_turn(resource_id):
        pass


def let_in() -> None:
    """Make good what a lost message failed to do."""
    waiting = Request.objects.filter(state=QUEUED).exclude(resource__requests__state__in=ACTIVE)
    for resource_id in waiting.order_by("resource_id").values_list("resource_id", flat=True).distinct():
        take_turns(resource_id)


@transaction.atomic
def _take_turn(resource_id: int) -> bool:
    """Whether the first in line was turned away, so that the next may come."""
    resource = Resource.objects.select_for_update().get(pk=resource_id)
    if resource.requests.filter(state__in=ACTIVE).exists():
        return False
    line = resource.requests.filter(state=QUEUED).select_for_update(of=("self",)).select_related("requested_by")
    first = line.order_by("pk").first()
    if first is None:
        return False
    try:
        with transaction.atomic():
            _begin(first, resource)
    except CairnError as error:
        after = DENIED if error.id == "request-denied" else FAILED
        move(first, after, error={"id": error.id, "message": _in_full(error), "hint": error.hint})
        return True
    return False


def _begin(request: Request, resource: Resource) -> None:
    by = request.requested_by
    if by is None or not by.is_active:
        raise Conflict("Who asked for it is here no more.", id="requester-gone", hint="Ask for it anew.")
    asked = _asked_then(request, resource)
    require(may_request(by, asked.owner_ref))
    require_valid(asked)
    require_possible(asked, resource)
    _evaluate(request, asked, resource)


def _asked_then(request: Request, resource: Resource) -> Asked:
    """What ``request`` asks for as the resource stands now; what was said in absolute terms stays as it was said."""
    told: Mapping[str, Any] = {
        **request.parameters,
        "to": request.receiver_ref,
        "version": request.blueprint_version if request.action == "upgrade" else "",
    }
    asked = wish(resource, request.action, inputs=request.inputs, given=told)
    return replace(asked, parameters={**asked.parameters, **request.parameters})


def _in_full(error: CairnError) -> str:
    """The message with what is wrong in which field: nobody looks at a form any more."""
    return " ".join([error.message, *(f"{each.path}: {each.message}" for each in error.fields)])


def _known(by: User, key: str, body_digest: str) -> Request | None:
    known = Request.objects.filter(requested_by=by, idempotency_key=key).select_related("resource").first()
    if known and known.body_digest != body_digest:
        raise UserError(
            "This Idempotency-Key was used for another body.",
            id="idempotency-mismatch",
            hint="Take a new key for a new request.",
        )
    return known


def _collision(error: IntegrityError, asked: Asked) -> CairnError:
    """Which of the database's rules a race ran into."""
    if "one_active_request_per_resource" in str(error):
        return Conflict(
            f"Another request for {asked.name} is under way.",
            id="resource-busy",
            hint="Wait for it, or withdraw it first.",
        )
    if "one_resource_per_branch" in str(error):
        return Conflict("There is one for this branch already.", id="branch-taken", hint="Ask for it again to get it.")
    if "one_resource_per_name" in str(error):
        message = f"{asked.name} was taken in {asked.environment} meanwhile."
        return Conflict(
            message, id="name-taken", fields=[FieldError("name", message, f"Take another, such as {asked.name}-2.")]
        )
    return Conflict("The same request came in twice at once.", id="request-twice", hint="Ask again.")
