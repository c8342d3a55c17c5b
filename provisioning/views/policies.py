"""The platform's rules: everybody reads them, platform admins keep them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.permissions import may_administer, require
from accounts.requests import signed_in
from common.errors import CairnError, UserError
from common.numbers import parse_digits
from provisioning.blueprints import offered
from provisioning.models import PolicyRule, Request
from provisioning.permissions import approvers_in_words
from provisioning.policy_actions import REPLAY_DAYS, policy_named, put_policy, read, remove_policy, replayed
from provisioning.rules.definition import PlatformRule

#: What a new rule begins with.
BEGINNING = """\
when:
  environment: production
  time: {from: friday 16:00, until: monday 08:00, zone: UTC}
effect: deny
reason: Nothing is changed in production over the weekend
tests:
  - given: {environment: production, now: "2026-12-05T12:00:00+00:00"}
    holds: true
  - given: {environment: staging, now: "2026-12-05T12:00:00+00:00"}
    holds: false
"""
MOST_SHOWN = 20


@require_GET
def policies(request: HttpRequest) -> HttpResponse:
    """All rules, and what blueprints ask for beside them."""
    user = signed_in(request)
    rows = [(row, _who(row.rule), any(map(row.rule.concerns, offered()))) for row in PolicyRule.objects.all()]
    own = [(blueprint, rule) for blueprint in offered() for rule in blueprint.policy]
    context = {"rules": rows, "own": own, "may_change": may_administer(user)}
    return render(request, "provisioning/policies.html", context)


@require_http_methods(["GET", "POST"])
def policy_new(request: HttpRequest) -> HttpResponse:
    """A form for one more."""
    user = signed_in(request)
    require(may_administer(user))
    if request.method == "GET":
        return _page(request, user, None, {"name": "", "text": BEGINNING})
    return _kept(request, user, None)


@require_http_methods(["GET", "POST"])
def policy(request: HttpRequest, name: str) -> HttpResponse:
    """One rule; those who may change it have it as a form."""
    user, row = signed_in(request), policy_named(name)
    if request.method == "POST":
        require(may_administer(user))
        return _kept(request, user, row)
    return _page(request, user, row, {"name": row.name, "text": row.text, "version": str(row.version)})


@require_POST
def policy_check(request: HttpRequest) -> HttpResponse:
    """What is wrong with a rule as it is typed, and what it would have decided: a part of the page."""
    user = signed_in(request)
    require(may_administer(user))
    given = _given(request, None)
    try:
        rule, declaration = read(name=given["name"] or "new-rule", given=given["text"])
    except UserError as error:
        return render(request, "provisioning/_policy_check.html", {"wrong": error.fields})
    enabled = rule if declaration.get("enabled", True) else None
    return render(request, "provisioning/_policy_check.html", _effect(user, given["name"], enabled))


@require_POST
def policy_removal(request: HttpRequest, name: str) -> HttpResponse:
    """Take it away."""
    user = signed_in(request)
    require(may_administer(user))
    remove_policy(name=name, by=user)
    messages.success(request, f"The rule {name} is gone.")
    return redirect("policies")


def _kept(request: HttpRequest, user: User, row: PolicyRule | None) -> HttpResponse:
    given = _given(request, row)
    version = parse_digits(given["version"], most=2**31) if row and given["version"] else None
    try:
        kept, _ = put_policy(name=given["name"], given=given["text"], by=user, new=row is None, version=version)
    except CairnError as error:
        return _page(request, user, row, given, error)
    messages.success(request, f"The rule {kept.name} counts from now on." if kept.enabled else f"{kept.name} is kept.")
    return redirect(kept)


def _given(request: HttpRequest, row: PolicyRule | None) -> dict[str, str]:
    posted = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in ("name", "text", "version")}
    return {**posted, "name": row.name if row else posted["name"].strip()}


def _page(
    request: HttpRequest, user: User, row: PolicyRule | None, given: dict[str, str], error: CairnError | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        "row": row,
        "rule": row.rule if row else None,
        "who": _who(row.rule) if row else "",
        "given": given,
        "error": error,
        "may_change": may_administer(user),
        "wrong_name": [one for one in (error.fields if error else ()) if one.path == "name"],
        "wrong": [one for one in (error.fields if error else ()) if one.path != "name"],
    }
    if row and not error:
        context |= _effect(user, row.name, row.rule if row.enabled else None)
    return render(request, "provisioning/policy.html", context, status=error.status if error else 200)


def _effect(user: User, name: str, rule: PlatformRule | None) -> dict[str, Any]:
    """Which requests would be decided otherwise, as far as the person may see them. Of a rule that counts already, it
    is what they would be without it."""
    kept = PolicyRule.objects.filter(name=name, enabled=True).first()
    same = bool(kept and rule and kept.rule == rule)
    changed, looked_at = replayed(name=name, rule=None if same else rule)
    rows = Request.objects.visible_to(user).select_related("resource").in_bulk([one.pk for one in changed])
    pairs = [
        (rows[one.pk], one.after if same else one.before, one.before if same else one.after)
        for one in changed
        if one.pk in rows
    ]
    return {
        "changed": [(row, _words(one), _words(other)) for row, one, other in pairs[:MOST_SHOWN]],
        "changed_count": len(pairs),
        "looked_at": looked_at,
        "days": REPLAY_DAYS,
        "is_kept": same,
    }


def _words(decision: Any) -> str:
    """A decision in a few words."""
    if decision.decision == "deny":
        return "denied"
    frozen = ", frozen" if decision.freezes else ""
    if decision.decision == "allow":
        return f"no approval needed{frozen}"
    people = [f"{stage.count} × {approvers_in_words(stage.approvers, 'the owner')}" for stage in decision.stages]
    return f"approval by {' and '.join(people)}{frozen}"


def _who(rule: PlatformRule) -> str:
    """What a rule does, in words."""
    if rule.effect == "approve":
        people = approvers_in_words(rule.approvers, "the owner")
        return f"{rule.count} people: {people} decides" if rule.count > 1 else f"{people} decides"
    if rule.effect == "allow":
        return "no approval needed"
    return "held back for a time" if rule.asks_the_time else "refused"
