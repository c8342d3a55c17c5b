"""The kinds of entities: what there are, and adding more."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import may_administer, require
from accounts.requests import signed_in
from catalog.kind_actions import custom_kind, kinds_in_configuration, put_kind, remove_kind
from catalog.kind_form import NAMES, declaration_in, empty_form, form_of, with_lines
from catalog.kinds import kind_of_row
from catalog.model.kinds import DEFAULT_KINDS, Kind
from catalog.models import CustomKind, Entity
from catalog.text_form import TextForm, typed_form
from common.errors import Conflict, FieldError, UserError


@require_GET
def kinds(request: HttpRequest) -> HttpResponse:
    """All kinds with how many entities are of each."""
    user = signed_in(request)
    counts = dict(Entity.objects.visible_to(user).values_list("kind").annotate(Count("pk")))
    rows = [(kind_of_row(row), row) for row in CustomKind.objects.all()]
    context = {
        "custom": [(kind, row, counts.get(kind.name, 0)) for kind, row in rows],
        "built_in": [(kind, counts.get(kind.name, 0)) for kind in DEFAULT_KINDS.values()],
        "may_change": may_administer(user),
        "error": _file_error(),
    }
    return render(request, "catalog/kinds.html", context)


@require_http_methods(["GET", "POST"])
def kind_new(request: HttpRequest) -> HttpResponse:
    """A form for one more."""
    require(may_administer(signed_in(request)))
    form = typed_form(request.POST, NAMES) if request.method == "POST" else empty_form()
    return _form(request, form, None)


@require_http_methods(["GET", "POST"])
def kind(request: HttpRequest, name: str) -> HttpResponse:
    """One kind; those who may change it have it as a form."""
    if request.method == "POST":
        require(may_administer(signed_in(request)))
        return _form(request, typed_form(request.POST.dict() | {"name": name}, NAMES), custom_kind(name))
    if name in DEFAULT_KINDS:
        return _page(request, form_of(DEFAULT_KINDS[name]), DEFAULT_KINDS[name], None)
    row = custom_kind(name)
    found = kind_of_row(row)
    return _page(request, form_of(found), found, row)


@require_POST
def kind_removal(request: HttpRequest, name: str) -> HttpResponse:
    """Ask whether it is meant, saying what would become of its entities, then take it away."""
    user = signed_in(request)
    require(may_administer(user))
    row = custom_kind(name)
    if not request.POST.get("sure"):
        found = kind_of_row(row)
        return _page(request, form_of(found), found, row, removing=True)
    count = remove_kind(name=name, by=user, although_used=True)
    words = " What is of it stays until its source changes." if count else ""
    messages.success(request, f"The kind {name} is gone.{words}")
    return redirect("kinds")


def _form(request: HttpRequest, form: TextForm, row: CustomKind | None) -> HttpResponse:
    """Keep what the form says, or show it with what is wrong."""
    if request.method == "GET":
        return _page(request, form, None, None)
    declaration, wrong = declaration_in(form)
    try:
        if wrong:
            raise UserError("The kind cannot be used.", fields=wrong)
        if row is None and CustomKind.objects.filter(name=declaration["name"]).exists():
            taken = f"there is a kind {declaration['name']} already"
            raise UserError("The kind cannot be used.", fields=[FieldError("name", taken, "Change that one.")])
        put_kind(name=declaration["name"], declaration=declaration, by=signed_in(request), origin="page")
    except (UserError, Conflict) as error:
        found = kind_of_row(row) if row else None
        return _page(
            request, form.with_errors(with_lines(form, error.fields)), found, row, error=error, status=int(error.status)
        )
    messages.success(request, f"The kind {declaration['name']} counts from now on; sources are read anew.")
    return redirect("kind", declaration["name"])


def _page(
    request: HttpRequest,
    form: TextForm,
    found: Kind | None,
    row: CustomKind | None,
    *,
    error: UserError | Conflict | None = None,
    removing: bool = False,
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    may_administer_kinds = bool(may_administer(user))
    context: dict[str, Any] = {
        "form": form,
        "kind": found,
        "row": row,
        "error": error,
        "removing": removing,
        "may_change": may_administer_kinds and (found is None or (row is not None and row.origin != "file")),
        "count": Entity.objects.visible_to(user).filter(kind=found.name).count() if found else 0,
    }
    return render(request, "catalog/kind.html", context, status=status)


def _file_error() -> UserError | None:
    """Why the kinds of app-config.yaml are not the ones that count."""
    try:
        kinds_in_configuration()
    except UserError as error:
        return error
    return None
