"""Resources, and their secrets."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import may_act_for
from accounts.requests import signed_in
from catalog.permissions import visible_entity
from common.errors import CairnError
from provisioning.blueprints import newer_than
from provisioning.day_two import possible
from provisioning.dependants import dependants_of
from provisioning.drift import unmapped
from provisioning.drift_actions import PIPELINE as DRIFT
from provisioning.effects import facts_of_resource
from provisioning.models import Drift, Resource
from provisioning.overview import connecting, price_now, runs_of, states_of, warnings_of
from provisioning.permissions import may_reveal, visible_resource
from provisioning.reveal import reveal as reveal_secret
from provisioning.waiting import line_of
from provisioning.words import in_words

MOST_STATES = 10


@require_GET
def resources(request: HttpRequest) -> HttpResponse:
    """Those I may see, newest first."""
    user = signed_in(request)
    rows = Resource.objects.visible_to(user).order_by("-pk")
    rows = rows if request.GET.get("deleted") else rows.existing()
    if environment := request.GET.get("environment", ""):
        rows = rows.filter(environment=environment)
    narrow = {name: request.GET.get(name, "") for name in ("blueprint", "version")}
    if narrow["blueprint"]:
        rows = rows.filter(blueprint=narrow["blueprint"])
    if narrow["version"]:
        rows = rows.filter(blueprint_version=narrow["version"])
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {"narrow": narrow, "page": page, "environment": environment}
    return render(request, "provisioning/resources.html", context)


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Where it is, what it is made of, what happened to it."""
    user = signed_in(request)
    return page(request, visible_resource(user, pk))


@require_POST
def reveal(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Show a secret, once."""
    user = signed_in(request)
    resource = visible_resource(user, pk)
    try:
        value = reveal_secret(resource=resource, name=name, by=user)
    except CairnError as error:
        return page(request, resource, error=error, status=error.status)
    response = page(request, resource, revealed=(name, value))
    response["Cache-Control"] = "no-store"
    return response


def page(
    request: HttpRequest,
    resource: Resource,
    *,
    error: CairnError | None = None,
    revealed: tuple[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a resource, with what was just revealed or what went wrong."""
    user = signed_in(request)
    outputs = [
        (output.title, resource.outputs[output.name])
        for output in resource.definition.outputs
        if output.name in resource.outputs
    ]
    context = {
        "resource": resource,
        "outputs": outputs,
        "made_of": in_words(resource.inputs, resource.definition.inputs),
        "secrets": resource.secrets.order_by("name"),
        "requests": resource.requests.select_related("requested_by", "run").order_by("-pk"),
        "imposed": in_words(resource.definition.imposed_on(facts_of_resource(resource, "update"))),
        "actions": possible(resource) if may_act_for(user, resource.owner_ref) else [],
        "newer": newer_than(resource.blueprint, resource.blueprint_version),
        "connecting": connecting(resource),
        "price": price_now(resource),
        "warnings": warnings_of(resource, timezone.now()),
        "drift": (drift := Drift.objects.filter(resource=resource).first()),
        "unmapped": unmapped(resource.definition, drift.changes) if drift else [],
        "looking": runs_of(resource).active().filter(pipeline=DRIFT).first(),
        "states": states_of(resource)[:MOST_STATES],
        "dependants": dependants_of(resource, user),
        "may_reveal": may_reveal(user, resource),
        "line": line_of(resource),
        "error": error,
        "revealed": revealed,
    }
    return render(request, "provisioning/resource.html", context, status=status)


@require_GET
def card(request: HttpRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """Resources on an entity's page: what a group owns, or the resource that the entity stands for."""
    user = signed_in(request)
    entity = visible_entity(user, kind=kind, namespace=namespace, name=name)
    rows = Resource.objects.visible_to(user).exclude(state="deleted").order_by("-pk")
    rows = rows.filter(owner_ref=entity.ref) if kind == "group" else rows.filter(entity_ref=entity.ref)
    return render(request, "provisioning/card.html", {"resources": rows[:10], "entity": entity})
