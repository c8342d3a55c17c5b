"""The form for taking on what is there already."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.requests import signed_in
from common.errors import CairnError, NotFound
from provisioning.asking import Asked
from provisioning.blueprints import blueprint_named
from provisioning.forms import fields_of, read_posted
from provisioning.submitting import submit

_PREFIX = "identifiers."


@require_http_methods(["GET", "POST"])
def take_on(request: HttpRequest, blueprint: str) -> HttpResponse:
    """Say what it is and what it is made of; the plan must find it as it is said."""
    user, found = signed_in(request), blueprint_named(blueprint)
    if found.imports is None:
        raise NotFound(f"A {found.noun} cannot be imported.", hint="Its blueprint does not say how.")
    posted, teams = request.POST.dict(), sorted(user.team_refs())
    asked = Asked(
        found,
        "import",
        posted.get("name", "").strip(),
        posted.get("owner", teams[0] if len(teams) == 1 else ""),
        posted.get("environment", found.environments[0]),
        read_posted(found.inputs, posted) if posted else {},
    )
    told = {name: posted.get(f"{_PREFIX}{name}", "") for name in found.imports.fields}
    error: CairnError | None = None
    if request.method == "POST":
        try:
            return redirect(submit(asked=replace(asked, parameters={"identifiers": told}), by=user))
        except CairnError as problem:
            error = problem
    wrong = list(error.fields) if error else []
    context = {
        "blueprint": found,
        "asked": asked,
        "teams": teams,
        "fields": fields_of(found.inputs, asked.inputs, wrong),
        "told": [(name, title, told[name]) for name, title in found.imports.fields.items()],
        "wrong": {each.path: each for each in wrong},
        "error": error,
    }
    return render(request, "provisioning/import.html", context, status=error.status if error else 200)
