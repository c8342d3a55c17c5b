"""What teams may have at once, and what they have."""

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Team, User
from accounts.permissions import may_administer, require
from accounts.requests import signed_in
from common.errors import CairnError
from provisioning.blueprints import offered
from provisioning.budget_actions import countable_inputs, put_budget, remove_budget
from provisioning.budgets import Line, bare_words, lines_of, share_of, total, words
from provisioning.conditions import COUNT, MONEY
from provisioning.models import Budget
from provisioning.permissions import visible_budget

FIELDS = ("owner", "measure", "limit")


@require_GET
def budgets(request: HttpRequest) -> HttpResponse:
    """Those that bind my teams, with how full they are."""
    user = signed_in(request)
    page = Paginator(Budget.objects.visible_to(user).order_by("owner_ref", "blueprint", "measure"), 50).get_page(
        request.GET.get("page")
    )
    rows = list(page)
    shown = [_shown(row, lines) for row, lines in zip(rows, lines_of(rows), strict=True)]
    context = {"page": page, "shown": shown, "may_change": may_administer(user)}
    return render(request, "provisioning/budgets.html", context)


@require_http_methods(["GET", "POST"])
def budget_new(request: HttpRequest) -> HttpResponse:
    """A form for one more."""
    user = signed_in(request)
    require(may_administer(user))
    if request.method == "GET":
        return _form(request, user, request.GET.dict())
    return _kept(request, user, None)


@require_http_methods(["GET", "POST"])
def budget(request: HttpRequest, pk: int) -> HttpResponse:
    """One budget: what takes how much of it; those who may change it have it as a form."""
    user = signed_in(request)
    found = visible_budget(user, pk)
    if request.method == "POST":
        require(may_administer(user))
        return _kept(request, user, found)
    given = {"owner": found.owner_ref, "measure": _choice(found), "limit": f"{found.limit.normalize():f}"}
    return _form(request, user, given, found)


@require_POST
def budget_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the limit away."""
    user = signed_in(request)
    require(may_administer(user))
    remove_budget(budget=visible_budget(user, pk), by=user)
    messages.success(request, "The budget is gone.")
    return redirect("budgets")


def _kept(request: HttpRequest, user: User, found: Budget | None) -> HttpResponse:
    given = {name: request.POST.get(name, "").strip() for name in FIELDS}
    measure, _, blueprint = given["measure"].partition(" ")
    try:
        kept = put_budget(given={**given, "measure": measure, "blueprint": blueprint}, by=user, budget=found)
    except CairnError as error:
        return _form(request, user, given, found, error)
    messages.success(request, f"At most {words(kept, kept.limit)}.")
    return redirect("budgets")


def _form(
    request: HttpRequest,
    user: User,
    given: Mapping[str, str],
    found: Budget | None = None,
    error: CairnError | None = None,
) -> HttpResponse:
    wrong = {"measure" if one.path == "blueprint" else one.path: one for one in (error.fields if error else ())}
    lines = lines_of([found])[0] if found else []
    context = {
        "budget": found,
        "shown": _shown(found, lines) if found else None,
        "lines": [(line, bare_words(found, line.amount)) for line in lines] if found else [],
        "may_change": may_administer(user),
        "given": given,
        "error": error,
        "wrong": wrong,
        "teams": Team.objects.order_by("ref").values_list("ref", flat=True),
        "measures": _measures(),
    }
    return render(request, "provisioning/budget.html", context, status=error.status if error else 200)


def _measures() -> list[tuple[str, str]]:
    """What can be limited: a value for the form, and words."""
    priced = [blueprint for blueprint in offered() if blueprint.price]
    return [
        (MONEY, "Money a month"),
        (COUNT, "Resources, of whatever kind"),
        *((f"{COUNT} {blueprint.name}", f"{blueprint.title}: how many") for blueprint in offered()),
        *((f"{MONEY} {blueprint.name}", f"{blueprint.title}: money a month") for blueprint in priced),
        *((f"{measure} {name}", title) for name, measure, title in countable_inputs()),
    ]


def _choice(found: Budget) -> str:
    return f"{found.measure} {found.blueprint}".strip()


def _shown(found: Budget, lines: Sequence[Line]) -> dict[str, object]:
    used = total(lines)
    share = share_of(used, found.limit)
    return {
        "budget": found,
        "what": dict(_measures()).get(_choice(found), _choice(found)),
        "used": bare_words(found, used),
        "limit": words(found, found.limit),
        "share": round(share),
        "over": used > found.limit,
    }
