"""Who sees which entities: the rules, for those who run the portal."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.permissions import may_administer, require
from accounts.requests import signed_in
from catalog.config import configured_rules
from catalog.declared_rows import FILE
from catalog.filters import asked, filtered
from catalog.model.visibility import FIELDS, about_filter
from catalog.models import Entity, VisibilityRule
from catalog.text_form import TextForm, typed_form
from catalog.visibility import counts_taken
from catalog.visibility_actions import add_rule, put_rule, remove_rule, visibility_rule
from catalog.visibility_form import declaration_in, empty_form, form_of
from common.errors import CairnError, Conflict, UserError

#: So many of the entities that a rule takes are named.
MOST_SHOWN = 10


@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """All rules with how many entities each takes."""
    _admin(request)
    rows = list(VisibilityRule.objects.all())
    counts = counts_taken([row.rule for row in rows])
    context = {"rules": list(zip(rows, counts, strict=True)), "error": _file_error()}
    return render(request, "catalog/visibility.html", context)


@require_http_methods(["GET", "POST"])
def rule_new(request: HttpRequest) -> HttpResponse:
    """A form for one more."""
    user = _admin(request)
    if request.method == "GET":
        return _page(request, empty_form(), None)
    return _keep(request, user, typed_form(request.POST, FIELDS), None)


@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, name: str) -> HttpResponse:
    """One rule as a form; one that a file declares is read alone."""
    user, row = _admin(request), visibility_rule(name)
    if request.method == "GET":
        return _page(request, form_of(row.rule), row)
    return _keep(request, user, typed_form(request.POST.dict() | {"name": name}, FIELDS), row)


@require_POST
def rule_removal(request: HttpRequest, name: str) -> HttpResponse:
    """Ask whether it is meant, then take it away."""
    user, row = _admin(request), visibility_rule(name)
    if not request.POST.get("sure"):
        return _page(request, form_of(row.rule), row, removing=True)
    remove_rule(name=name, by=user)
    messages.success(request, f"The rule {name} is gone; what it alone hid is seen by everybody.")
    return redirect("visibility")


@require_POST
def rule_count(request: HttpRequest) -> HttpResponse:
    """What the filter takes so far: a part of the page."""
    _admin(request)
    return render(request, "catalog/_rule_taken.html", _taken(request.POST.get("filter", "")))


def _keep(request: HttpRequest, user: User, form: TextForm, row: VisibilityRule | None) -> HttpResponse:
    """Keep what the form says, or show it with what is wrong."""
    declaration = declaration_in(form)
    try:
        if row is None:
            add_rule(declaration=declaration, by=user, origin="page")
        else:
            put_rule(name=row.name, declaration=declaration, by=user, origin="page")
    except (UserError, Conflict) as error:
        return _page(request, form.with_errors(error.fields), row, error=error, status=int(error.status))
    messages.success(request, f"The rule {declaration['name']} counts from now on.")
    return redirect("visibility_rule", declaration["name"])


def _page(
    request: HttpRequest,
    form: TextForm,
    row: VisibilityRule | None,
    *,
    error: CairnError | None = None,
    removing: bool = False,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "rule": row,
        "error": error,
        "removing": removing,
        "may_change": row is None or row.origin != FILE,
        **_taken(form.texts["filter"]),
    }
    return render(request, "catalog/visibility_rule.html", context, status=status)


def _taken(filters: str) -> dict[str, Any]:
    """How many entities a filter takes, with some of them; nothing for one that cannot be used."""
    if about_filter(filters):
        return {"usable": False}
    found = filtered(Entity.objects.present(), asked(filters.splitlines()))
    return {"usable": True, "count": found.count(), "some": found.light().order_by("ref")[:MOST_SHOWN]}


def _admin(request: HttpRequest) -> User:
    user = signed_in(request)
    require(may_administer(user))
    return user


def _file_error() -> UserError | None:
    """Why the rules of app-config.yaml are not the ones that count."""
    try:
        configured_rules()
    except UserError as error:
        return error
    return None
