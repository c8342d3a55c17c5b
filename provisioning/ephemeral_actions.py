"""A namespace for a branch: one for each, for as long as it is said."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from accounts.permissions import require
from catalog.permissions import entity_by_ref
from common.errors import Conflict, FieldError, NotFound, UserError
from provisioning.asking import Asked
from provisioning.blueprints import blueprint_named
from provisioning.day_two import group_ref, wish
from provisioning.ephemeral import made_for, name_for, wrong_branch
from provisioning.forms import fields_of, read_posted
from provisioning.models import Request, Resource
from provisioning.models.resource import ResourceState
from provisioning.permissions import may_request
from provisioning.submitting import submit

BLUEPRINT, ENVIRONMENT = "namespace", "development"


def put_ephemeral(*, given: Mapping[str, Any], by: User) -> tuple[Request, bool]:
    """The request for the namespace of a branch, and whether it is new: asking again answers the same.

    ``given`` holds ``component`` or ``repository``, ``branch``, ``owner`` (else the component's) and ``ttl`` (seconds).
    """
    subject, owner = _subject(given, by)
    branch = _branch(given)
    if found := _existing(subject, branch):
        return _standing(found, by), False
    blueprint = blueprint_named(BLUEPRINT)
    asked = Asked(
        blueprint,
        "create",
        name_for(subject, branch),
        owner,
        ENVIRONMENT,
        read_posted(blueprint.inputs, {field.path: str(field.value) for field in fields_of(blueprint.inputs, {})})
        | {"description": f"{subject.partition(':')[2]} at {branch}"[:500]},
        parameters={"ttl": given["ttl"]} if given.get("ttl") is not None else {},
        made_for=made_for(subject, branch),
    )
    try:
        return submit(asked=asked, by=by), True
    except Conflict as error:
        if error.id == "branch-taken" and (found := _existing(subject, branch)):
            return _standing(found, by), False
        raise


def end_ephemeral(*, given: Mapping[str, Any], by: User) -> Request:
    """Ask for the deletion of a branch's namespace; the request that does so already, if there is one."""
    subject, _ = _subject(given, by)
    found = _existing(subject, _branch(given))
    if found is None or not Resource.objects.visible_to(by).filter(pk=found.pk).exists():
        raise NotFound("There is no namespace for this branch.")
    latest = _latest(found)
    if latest.action == "delete" and not latest.is_final:
        return latest
    return submit(asked=wish(found, "delete", given={"acknowledge_dependants": True}), by=by, resource=found)


def _standing(found: Resource, by: User) -> Request:
    require(may_request(by, found.owner_ref))
    latest = _latest(found)
    if latest.action == "delete" and not latest.is_final:
        raise Conflict("The namespace of this branch is being deleted.", id="being-deleted", hint="Ask again then.")
    return latest


def _latest(resource: Resource) -> Request:
    latest = resource.requests.select_related("resource", "requested_by", "run").order_by("-pk").first()
    assert latest is not None, "a resource begins with a request"
    return latest


def _existing(subject: str, branch: str) -> Resource | None:
    rows = Resource.objects.filter(blueprint=BLUEPRINT, made_for=made_for(subject, branch))
    return rows.exclude(state=ResourceState.DELETED).first()


def _subject(given: Mapping[str, Any], by: User) -> tuple[str, str]:
    """What the branch is of, and who owns what is made for it."""
    owner = given.get("owner") or ""
    if not isinstance(owner, str):
        raise UserError("The body is not valid.", fields=[FieldError("owner", "It must be text.")])
    if isinstance(component := given.get("component"), str) and component:
        full = component if ":" in component else f"component:{component}"
        entity = entity_by_ref(by, full)
        return entity.ref, group_ref(owner) or (entity.owner_ref or "")
    if isinstance(repository := given.get("repository"), str) and repository.strip():
        return f"repository:{repository.strip().lower()[:200]}", group_ref(owner)
    hint = "A component of the catalog, or a repository such as acme/orders."
    raise UserError("Whose branch is it?", fields=[FieldError("component", "This is needed.", hint)])


def _branch(given: Mapping[str, Any]) -> str:
    branch = given.get("branch")
    if wrong := wrong_branch(branch):
        raise UserError("The branch cannot be used.", fields=wrong)
    return str(branch)
