"""Resources, and their secrets."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import may_act_for
from accounts.requests import signed_in
from catalog.permissions import visible_entity
from common.errors import CairnError
from provisioning.blueprints import newer_than
from provisioning.models import Resource
from provisioning.permissions import may_reveal, visible_resource
from provisioning.planning import price_of
from provisioning.policy import facts_of
from provisioning.reveal import reveal as reveal_secret
from provisioning.words import in_words


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
    return _page(request, visible_resource(user, pk))


@require_POST
def reveal(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Show a secret, once."""
    user = signed_in(request)
    resource = visible_resource(user, pk)
    try:
        value = reveal_secret(resource=resource, name=name, by=user)
    except CairnError as error:
        return _page(request, resource, error=error, status=error.status)
    response = _page(request, resource, revealed=(name, value))
    response["Cache-Control"] = "no-store"
    return response


def _page(
    request: HttpRequest,
    resource: Resource,
    *,
    error: CairnError | None = None,
    revealed: tuple[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    outputs = [
        (output.title, resource.outputs[output.name])
        for output in resource.definition.outputs
        if output.name in resource.outputs
    ]
    facts = facts_of(
        action="update",
        name=resource.name,
        owner=resource.owner_ref,
        environment=resource.environment,
        inputs=resource.inputs,
    )
    context = {
        "resource": resource,
        "price": price_of(resource.definition.price, facts),
        "outputs": outputs,
        "made_of": in_words(resource.inputs, resource.definition.inputs),
        "secrets": resource.secrets.order_by("name"),
        "requests": resource.requests.select_related("requested_by", "run").order_by("-pk"),
        "imposed": in_words(resource.definition.imposed_on(facts)),
        "may_change": may_act_for(user, resource.owner_ref) and resource.state in {"ready", "degraded"},
        "newer": newer_than(resource.blueprint, resource.blueprint_version),
        "may_reveal": may_reveal(user, resource),
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
