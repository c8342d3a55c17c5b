"""What can be asked for, and the form."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.permissions import may_act_for, may_administer, require
from accounts.requests import signed_in
from common.errors import CairnError, FieldError
from provisioning.asking import Asked, asked_of, mistakes
from provisioning.blueprints import blueprint_named, offered
from provisioning.blueprints.definition import Blueprint
from provisioning.forms import PREFIX, FormField, fields_of, only, read_posted
from provisioning.judging import judged
from provisioning.models import Resource
from provisioning.permissions import approvers_in_words, visible_resource
from provisioning.queue import queue_of
from provisioning.submitting import submit
from provisioning.targets import WORDS, choices_of
from provisioning.waiting import line_of
from provisioning.words import in_words

#: What every form has beside the inputs of its blueprint.
OWN_FIELDS = {"name": "Name", "owner": "Owner", "environment": "Environment", "target": "Where"}


@require_GET
def self_service(request: HttpRequest) -> HttpResponse:
    """Blueprints, and what my teams have."""
    user = signed_in(request)
    resources = Resource.objects.visible_to(user).existing().order_by("-pk")
    context = {
        "blueprints": offered(),
        "resources": resources[:10],
        "resource_count": resources.count(),
        "may_administer": may_administer(user),
        "to_decide": len(queue_of(user)),
    }
    return render(request, "provisioning/self_service.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, blueprint: str) -> HttpResponse:
    """The form; what was typed comes back with its mistakes."""
    user, found = signed_in(request), blueprint_named(blueprint)
    asked = _asked(found, request, user)
    if request.method == "GET":
        return _form(request, found, asked, user, [])
    try:
        made = submit(asked=asked, by=user)
    except CairnError as error:
        return _form(request, found, asked, user, list(error.fields), error)
    return redirect(made)


@require_POST
def verdict(request: HttpRequest, blueprint: str) -> HttpResponse:
    """What policy and price say to the form as it stands."""
    user, found = signed_in(request), blueprint_named(blueprint)
    asked = _asked(found, request, user)
    return render(request, "provisioning/_verdict.html", verdict_of(asked, user, mistakes(asked)))


@require_POST
def change_verdict(request: HttpRequest, pk: int) -> HttpResponse:
    """What policy and price say to a change as the form stands."""
    user = signed_in(request)
    resource = visible_resource(user, pk)
    require(may_act_for(user, resource.owner_ref))
    asked = asked_of(resource, "update", read_posted(resource.definition.inputs, request.POST.dict()))
    return render(request, "provisioning/_verdict.html", verdict_of(asked, user, mistakes(asked), resource))


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of a resource that is there; ``?only=size`` has nothing but what says how large it is."""
    user = signed_in(request)
    resource = visible_resource(user, pk)
    found = resource.definition
    if request.GET.get("only") == "size" and found.sizes:
        found = replace(found, inputs=only(found.inputs, found.sizes))
    posted = request.POST.dict() if request.method == "POST" else {}
    inputs = resource.inputs | read_posted(found.inputs, posted) if posted else resource.inputs
    asked = asked_of(resource, "update", inputs)
    if request.method == "GET":
        return _form(request, found, asked, user, [], resource=resource)
    try:
        made = submit(asked=asked, by=user, resource=resource)
    except CairnError as error:
        return _form(request, found, asked, user, list(error.fields), error, resource=resource)
    return redirect(made)


def _asked(blueprint: Blueprint, request: HttpRequest, user: User) -> Asked:
    posted = request.POST.dict() if request.method == "POST" else request.GET.dict()
    teams = _teams(user)
    filled = request.method == "POST" or any(name.startswith(f"{PREFIX}.") for name in posted)
    inputs = read_posted(blueprint.inputs, posted) if filled else {}
    owner = posted.get("owner", teams[0] if len(teams) == 1 else "")
    environment = posted.get("environment", blueprint.environments[0])
    target = str(posted.get("target", ""))
    return Asked(blueprint, "create", posted.get("name", "").strip(), owner, environment, inputs, target=target)


def _teams(user: User) -> list[str]:
    return sorted(user.team_refs())


def _form(
    request: HttpRequest,
    blueprint: Blueprint,
    asked: Asked,
    user: User,
    errors: list[FieldError],
    error: CairnError | None = None,
    resource: Resource | None = None,
) -> HttpResponse:
    fields = fields_of(blueprint.inputs, asked.inputs, errors)
    labels = {field.path: field.label for field in fields} | OWN_FIELDS
    shown = asked if asked.inputs else with_defaults(asked, fields)
    context = {
        "blueprint": blueprint,
        "asked": asked,
        "fields": fields,
        "teams": _teams(user),
        "name_errors": [e for e in errors if e.path == "name"],
        "owner_errors": [e for e in errors if e.path == "owner"],
        "environment_errors": [e for e in errors if e.path == "environment"],
        "target_errors": [e for e in errors if e.path == "target"],
        "targets": [] if resource else choices_of(blueprint),
        "target_word": WORDS[blueprint.backend],
        "other_errors": [e for e in errors if e.path.split("[")[0] not in labels],
        "errors": [(e.path, labels.get(e.path.split("[")[0], e.path), e.message) for e in errors],
        "error": error,
        "imposed": in_words(blueprint.imposed_on(shown.facts)),
        "resource": resource,
        **verdict_of(shown, user, [], resource),
    }
    return render(request, "provisioning/form.html", context, status=error.status if error else 200)


def with_defaults(asked: Asked, fields: list[FormField]) -> Asked:
    """``asked`` as it would be if the form were sent as it is first shown."""
    posted = {field.path: str(field.value) for field in fields}
    inputs = read_posted(asked.blueprint.inputs, posted)
    return replace(asked, inputs=inputs)


def verdict_of(asked: Asked, user: User, found: list[FieldError], resource: Resource | None = None) -> dict[str, Any]:
    """What policy, price and budgets say, and who is before it, for ``_verdict.html``."""
    asked, uses = judged(asked, resource, by=user)
    decision = asked.decision
    stages = [
        (
            approvers_in_words(stage.approvers, asked.owner_ref),
            stage.count,
            list(zip(stage.reasons, stage.rules, strict=True)),
            [(one.after_hours, approvers_in_words(one.to, asked.owner_ref)) for one in stage.escalations],
        )
        for stage in decision.stages
    ]
    return {
        "decision": decision,
        "stages": stages,
        "price": asked.price,
        "found": found,
        "uses": uses,
        "line": line_of(resource) if resource else [],
    }
