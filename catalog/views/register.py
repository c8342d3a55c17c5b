"""Registering a source: what it would bring first, then for good."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.permissions import require
from accounts.requests import signed_in
from catalog import actions, refresh_actions
from catalog.models.source import SLOW, SourceKind
from catalog.permissions import may_register, may_register_source
from catalog.registering import FORMS, Form, known_form, options_of, preview, require_web_address
from common.errors import CairnError

#: So many entities of a preview are listed.
MOST_SHOWN = 100
#: What a repository answers that would be read with more patience.
_LATE = frozenset({"git-timeout", "repository-busy"})


@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Preview what a source would bring, then register it."""
    user, given = signed_in(request), request.POST if request.method == "POST" else request.GET
    require(may_register(user))
    form = known_form(given.get("kind") or SourceKind.URL)
    target = (given.get("target") or "").strip()
    context = _context(user, form, target, given)
    if not target:
        return render(request, "catalog/register.html", context, status=422 if request.method == "POST" else 200)
    try:
        require(may_register_source(user, form.kind, target))
        require_web_address(form.kind, target)
        options = options_of(form, given)
        if request.method == "POST":
            return _register(request, user, form, target, options)
        found = preview(form.kind, target, options, user)
    except CairnError as error:
        context |= _errors(form, error, given) | {"is_late": error.id in _LATE}
        return render(request, "catalog/register.html", context, status=error.status)
    shown = {
        "looked": True,
        "preview": found.entities[:MOST_SHOWN],
        "count": len(found.entities),
        "sample": found.sample,
        "taken": any(known for _, known in found.entities),
        "wrong": found.gathered.problems[:MOST_SHOWN],
    }
    return render(request, "catalog/register.html", context | shown)


def _register(request: HttpRequest, user: User, form: Form, target: str, options: dict[str, Any]) -> HttpResponse:
    found = actions.register_source(kind=form.kind, target=target, options=options, by=user)
    if found.kind in SLOW:
        refresh_actions.request_sync(source=found, by=user)
    else:
        actions.sync_source(source=found, by=user)
    return redirect(found)


def _context(user: User, form: Form, target: str, given: Mapping[str, str]) -> dict[str, Any]:
    kinds = [(one, one.kind == form.kind) for one in FORMS.values()]
    #: Without an address: what one address is refused is said beside its field, and what was typed stays.
    verdict = may_register_source(user, form.kind, "")
    return {"form": form, "kinds": kinds, "target": target, "fields": _fields(form, given), "verdict": verdict}


def _fields(form: Form, given: Mapping[str, str], wrong: Mapping[str, str] | None = None) -> list[dict[str, str]]:
    """The fields of the options with what was written, and what is wrong with it."""
    return [
        {
            "id": asked.path.replace(".", "-"),
            "name": asked.path,
            "label": asked.label,
            "hint": asked.hint,
            "value": given.get(asked.path, ""),
            "error": (wrong or {}).get(f"options.{asked.path}", ""),
        }
        for asked in form.fields
    ]


def _errors(form: Form, error: CairnError, given: Mapping[str, str]) -> dict[str, Any]:
    """An error beside the field that it is about; beside the target when it is about none of the options."""
    wrong = {one.path: f"{one.message} {one.hint}".strip() for one in error.fields}
    names = {f"options.{asked.path}" for asked in form.fields}
    return {"fields": _fields(form, given, wrong), "error": None if names & wrong.keys() else error}
