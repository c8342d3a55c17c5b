"""Taking a resource to another version of its blueprint."""

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.permissions import require
from accounts.requests import signed_in
from common.errors import CairnError, FieldError
from provisioning.asking import Asked, mistakes
from provisioning.blueprints import newer_than
from provisioning.forms import fields_of, read_posted
from provisioning.models import Resource
from provisioning.permissions import may_request, visible_resource
from provisioning.submitting import submit
from provisioning.upgrades import new_inputs
from provisioning.upgrading import asked_upgrade, differences_of, target_of
from provisioning.views.asking import verdict_of
from provisioning.words import in_words

ABOUT = {
    "inputs": "What is asked for",
    "imposed": "Set by the platform",
    "outputs": "What it tells",
    "secrets": "Secrets",
    "policy": "Rules",
    "price": "Price",
}


@require_http_methods(["GET", "POST"])
def upgrade(request: HttpRequest, pk: int) -> HttpResponse:
    """What another version changes, with what it needs to know; sending it makes the plan."""
    user = signed_in(request)
    resource = visible_resource(user, pk)
    if request.method == "POST":
        require(may_request(user, resource.owner_ref))
    version = (request.POST if request.method == "POST" else request.GET).get("version", "")
    target = target_of(resource, version)
    posted = request.POST.dict() if request.method == "POST" else {}
    asked = asked_upgrade(resource, read_posted(target.inputs, posted) if posted else None, target.version)
    if request.method == "GET":
        return _page(request, resource, asked, mistakes(asked))
    try:
        made = submit(asked=asked, by=user, resource=resource)
    except CairnError as error:
        return _page(request, resource, asked, list(error.fields), error)
    return redirect(made)


def _page(
    request: HttpRequest, resource: Resource, asked: Asked, errors: list[FieldError], error: CairnError | None = None
) -> HttpResponse:
    fields = fields_of(asked.blueprint.inputs, asked.inputs, errors)
    labels = {field.path: field.label for field in fields}
    fresh = new_inputs(resource.definition, asked.blueprint)
    first = [field for field in fields if field.errors or field.path.split(".")[1] in fresh]
    differing = groupby(differences_of(resource, asked), key=lambda difference: difference.about)
    context = {
        "resource": resource,
        "target": asked.blueprint,
        "choices": newer_than(resource.blueprint, resource.blueprint_version),
        "differences": [(ABOUT[about], list(rows)) for about, rows in differing],
        "first": first,
        "rest": [field for field in fields if field not in first],
        "errors": [(e.path, labels.get(e.path.split("[")[0], e.path), e.message) for e in errors],
        "other_errors": [e for e in errors if e.path.split("[")[0] not in labels],
        "error": error,
        "imposed": in_words(asked.blueprint.imposed_on(asked.facts)),
        **verdict_of(asked, signed_in(request), errors, resource),
    }
    return render(request, "provisioning/upgrade.html", context, status=error.status if error else 200)
