"""A version of a blueprint as it would be, before it is offered: form, price, policy, plan, README."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Team, User
from accounts.permissions import may_administer, require, short
from accounts.requests import signed_in
from common.errors import CairnError, FieldError, NotFound
from common.markdown import render as render_markdown
from provisioning.asking import Asked, mistakes
from provisioning.blueprints import blueprint_at, versions_of
from provisioning.blueprints.definition import Blueprint
from provisioning.blueprints.package import README, read_folder
from provisioning.blueprints.shelf import files_of
from provisioning.forms import Choice, FormField, fields_of, read_posted
from provisioning.models import BlueprintVersion, Preview
from provisioning.previews import start_preview
from provisioning.version_actions import keep_shipped, offer, remove_version, withdraw_version
from provisioning.views.asking import OWN_FIELDS, verdict_of, with_defaults
from provisioning.words import in_words

ACTS: dict[str, tuple[Callable[..., None], str]] = {
    "offer": (offer, "is offered: new requests take the newest version that is."),
    "withdraw": (withdraw_version, "is withdrawn: nobody can ask for it, and what there is lives on."),
    "remove": (remove_version, "is removed; it is read again where it still is."),
}


@require_http_methods(["GET", "POST"])
def version(request: HttpRequest, name: str, number: str) -> HttpResponse:
    """The form as developers would see it; sending it makes a plan of which nothing is made."""
    user = signed_in(request)
    require(may_administer(user))
    found = _exactly(name, number)
    asked = _asked(found, request)
    if request.method == "GET":
        return _page(request, found, asked, [])
    try:
        preview = start_preview(version=_row(found), asked=asked, by=user)
    except CairnError as error:
        return _page(request, found, asked, list(error.fields), error)
    return redirect(preview)


@require_POST
def verdict(request: HttpRequest, name: str, number: str) -> HttpResponse:
    """What policy and price would say to the form as it stands."""
    user = signed_in(request)
    require(may_administer(user))
    asked = _asked(_exactly(name, number), request)
    return render(request, "provisioning/_verdict.html", verdict_of(asked, user, mistakes(asked)))


@require_POST
def act(request: HttpRequest, name: str, number: str) -> HttpResponse:
    """Offer, withdraw or remove it."""
    user: User = signed_in(request)
    require(may_administer(user))
    row = get_object_or_404(BlueprintVersion, name=name, version=number)
    doing = ACTS.get(request.POST.get("act", ""))
    if doing is None:
        return redirect(row)
    doing[0](version=row, by=user)
    messages.success(request, f"{row} {doing[1]}")
    return redirect("blueprints" if doing[0] is remove_version else row)


@require_GET
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The page that shows it."""
    require(may_administer(signed_in(request)))
    return redirect(get_object_or_404(Preview.objects.select_related("version"), pk=pk))


def _exactly(name: str, number: str) -> Blueprint:
    """That version, and no other that ships in its place."""
    found = blueprint_at(name, number)
    if found.version != number:
        raise NotFound(f"There is no version {number} of {name} any more.", id="no-version")
    return found


def _row(found: Blueprint) -> BlueprintVersion:
    keep_shipped(found)
    return BlueprintVersion.objects.get(name=found.name, version=found.version)


def _asked(found: Blueprint, request: HttpRequest) -> Asked:
    posted = request.POST.dict() if request.method == "POST" else {}
    inputs = read_posted(found.inputs, posted) if posted else {}
    return Asked(
        found,
        "create",
        posted.get("name", "").strip(),
        posted.get("owner", found.owner),
        posted.get("environment", found.environments[0]),
        inputs,
    )


def _page(
    request: HttpRequest, found: Blueprint, asked: Asked, errors: list[FieldError], error: CairnError | None = None
) -> HttpResponse:
    row = BlueprintVersion.objects.filter(name=found.name, version=found.version).select_related("source").first()
    shown = _shown(request, row)
    if shown and not asked.inputs and request.method == "GET":
        asked = Asked(found, "create", shown.name, shown.owner_ref, shown.environment, shown.inputs)
    fields = [*_own_fields(asked, errors), *fields_of(found.inputs, asked.inputs, errors)]
    labels = {field.path: field.label for field in fields}
    judged = asked if asked.inputs else with_defaults(asked, fields)
    files = files_of(row.pk) if row else read_folder(found.folder)
    context: dict[str, Any] = {
        "blueprint": found,
        "row": row,
        "is_offered": found.version in {other.version for other in versions_of(found.name)},
        "newest": next((other.version for other in versions_of(found.name)), ""),
        "fields": fields,
        "errors": [(e.path, labels.get(e.path.split("[")[0], e.path), e.message) for e in errors],
        "other_errors": [e for e in errors if e.path.split("[")[0] not in labels],
        "error": error,
        "imposed": in_words(found.imposed_on(judged.facts)),
        "readme": render_markdown(files.get(README, b"").decode("utf-8", "replace")),
        "files": sorted((path, len(data)) for path, data in files.items()),
        "preview": shown,
        "previews": row.previews.select_related("by").order_by("-pk")[:10] if row else [],
        **verdict_of(judged, signed_in(request), []),
    }
    return render(request, "provisioning/version.html", context, status=error.status if error else 200)


def _shown(request: HttpRequest, row: BlueprintVersion | None) -> Preview | None:
    """The preview that the address names."""
    wanted = request.GET.get("preview", "")
    if row is None or not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
        return None
    return row.previews.select_related("run", "by").filter(pk=int(wanted)).first()


def _own_fields(asked: Asked, errors: list[FieldError]) -> list[FormField]:
    """What every form has beside the inputs of its blueprint; owners are all teams, for a plan is made up."""
    refs = Team.objects.order_by("ref").values_list("ref", flat=True)
    teams = (Choice("", "Choose a team"), *(Choice(ref, short(ref)) for ref in refs))
    environments = tuple(Choice(each, each.capitalize()) for each in asked.blueprint.environments)

    def own(path: str, widget: str, value: str, choices: tuple[Choice, ...] = (), hint: str = "") -> FormField:
        wrong = tuple(error for error in errors if error.path == path)
        return FormField(path, OWN_FIELDS[path], hint, widget, value, True, choices, errors=wrong)

    return [
        own("name", "text", asked.name, hint=asked.blueprint.name_hint),
        own("owner", "select", asked.owner_ref, teams),
        own("environment", "radio", asked.environment, environments),
    ]
