"""Cloud accounts that Terraform works on. For platform admins."""

import shlex
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.requests import signed_in
from common.errors import CairnError
from provisioning.account_actions import PARTS, check_account, put_account, remove_account
from provisioning.models import CloudAccount
from provisioning.models.cloud_account import CredentialSource
from provisioning.permissions import administered_account, require_admin
from provisioning.place_checks import environments_offered

_TEXTS = ("name", "region", "role_arn", "plan_role_arn", "endpoint")


@require_GET
def cloud_accounts(request: HttpRequest) -> HttpResponse:
    """All of them."""
    require_admin(signed_in(request))
    return render(request, "provisioning/cloud_accounts.html", {"accounts": CloudAccount.objects.usable()})


@require_http_methods(["GET", "POST"])
def cloud_account_new(request: HttpRequest) -> HttpResponse:
    """A form for one more."""
    user = signed_in(request)
    require_admin(user)
    if request.method == "GET":
        return _form(request, {"credentials_kind": CredentialSource.ENVIRONMENT})
    return _kept(request, user, None)


@require_http_methods(["GET", "POST"])
def cloud_account(request: HttpRequest, pk: int) -> HttpResponse:
    """What it is, which keys the last test found, and the form."""
    user = signed_in(request)
    found = administered_account(user, pk)
    if request.method == "POST":
        return _kept(request, user, found)
    given = {name: str(getattr(found, name)) for name in _TEXTS}
    given |= _shown(found.credentials, "credentials") | _shown(found.plan_credentials, "plan_credentials")
    return _form(request, given, found, environments=found.environments)


@require_POST
def cloud_account_test(request: HttpRequest, pk: int) -> HttpResponse:
    """See which keys each phase would get."""
    user = signed_in(request)
    found = check_account(account=administered_account(user, pk), by=user)
    if any("error" in each for each in (found.tested or {}).values()):
        messages.error(request, "Not all credentials can be had.")
    else:
        messages.success(request, "The credentials are there.")
    return redirect(found)


@require_http_methods(["GET", "POST"])
def cloud_account_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget an account, once its name has been typed."""
    user = signed_in(request)
    found = administered_account(user, pk)
    context: dict[str, Any] = {"account": found, "typed": request.POST.get("name", "").strip()}
    if request.method == "GET":
        return render(request, "provisioning/cloud_account_removal.html", context)
    if context["typed"] != found.name:
        return render(request, "provisioning/cloud_account_removal.html", context | {"error": True}, status=422)
    try:
        remove_account(account=found, by=user)
    except CairnError as error:
        refused = context | {"refused": error}
        return render(request, "provisioning/cloud_account_removal.html", refused, status=error.status)
    messages.success(request, f"The portal has forgotten {found.name}. Nothing in it was touched.")
    return redirect("cloud_accounts")


def _kept(request: HttpRequest, user: User, found: CloudAccount | None) -> HttpResponse:
    posted = {name: str(value).strip() for name, value in request.POST.dict().items()}
    environments = request.POST.getlist("environments")
    given: dict[str, Any] = {name: posted.get(name, "") for name in _TEXTS}
    given |= {"environments": environments}
    given |= {"credentials": _source(posted, "credentials"), "plan_credentials": _source(posted, "plan_credentials")}
    try:
        kept = put_account(given=given, by=user, account=found)
    except CairnError as error:
        return _form(request, posted, found, error, environments=environments)
    messages.success(request, f"{kept.name} is kept.")
    return redirect(kept)


def _source(posted: Mapping[str, str], which: str) -> dict[str, Any]:
    kind = posted.get(f"{which}_kind", "")
    found: dict[str, Any] = {part: posted.get(f"{which}_{part}", "") for part in PARTS.get(kind, ())}
    if "command" in found:
        try:
            found["command"] = shlex.split(found["command"])
        except ValueError:
            found["command"] = []
    return {"kind": kind, **found} if kind else {}


def _shown(credentials: Mapping[str, Any], which: str) -> dict[str, str]:
    parts = {part: value for part, value in credentials.items() if part != "command"}
    command = {"command": shlex.join(credentials["command"])} if "command" in credentials else {}
    return {f"{which}_{part}": value for part, value in (parts | command).items()}


def _form(
    request: HttpRequest,
    given: Mapping[str, Any],
    found: CloudAccount | None = None,
    error: CairnError | None = None,
    *,
    environments: list[str] | None = None,
) -> HttpResponse:
    wrong: dict[str, list[Any]] = {}
    for one in error.fields if error else ():
        wrong.setdefault(one.path.replace(".", "_"), []).append(one)
    context = {
        "account": found,
        "given": given,
        "chosen": environments or [],
        "environments": environments_offered("terraform"),
        "kinds": CredentialSource.choices,
        "error": error,
        "wrong": wrong,
        "resources": found.resources.exclude(state="deleted").order_by("-pk")[:20] if found else [],
    }
    return render(request, "provisioning/cloud_account.html", context, status=error.status if error else 200)
