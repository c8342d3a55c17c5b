"""Clusters that namespaces are made in. For platform admins."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.requests import signed_in
from common.errors import CairnError
from integrations.kubernetes.pasted import FIELD, read_pasted
from provisioning.cluster_actions import probe_cluster, put_cluster, remove_cluster
from provisioning.clusters.form import read_form, shown
from provisioning.clusters.profile import POD_SECURITY, ClusterProfile
from provisioning.models import Cluster
from provisioning.namespace_request import KIND
from provisioning.permissions import administered_cluster, require_admin
from provisioning.place_checks import environments_offered

#: Never shown again, so they are not put back into a form.
_SECRET = frozenset({"token", FIELD})


@require_GET
def clusters(request: HttpRequest) -> HttpResponse:
    """All of them, with what the last test found."""
    require_admin(signed_in(request))
    return render(request, "provisioning/clusters.html", {"clusters": Cluster.objects.usable()})


@require_http_methods(["GET", "POST"])
def cluster_new(request: HttpRequest) -> HttpResponse:
    """A form for one more; a kubeconfig that is pasted fills it."""
    user = signed_in(request)
    require_admin(user)
    if request.method == "GET":
        return _form(request, shown(ClusterProfile(), {}))
    if "paste" in request.POST:
        return _pasted(request)
    return _kept(request, user, None)


@require_http_methods(["GET", "POST"])
def cluster(request: HttpRequest, pk: int) -> HttpResponse:
    """What it is, what the last test found, and the form."""
    user = signed_in(request)
    found = administered_cluster(user, pk)
    if request.method == "POST":
        return _kept(request, user, found)
    given = {"name": found.name, "server": found.server, "authority": found.authority}
    given |= shown(found.rules, found.intake) | ({"watched": "on"} if found.watched else {})
    return _form(request, given, found, environments=found.environments)


@require_POST
def cluster_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the cluster what it can do."""
    user = signed_in(request)
    found = probe_cluster(cluster=administered_cluster(user, pk), by=user)
    if error := (found.probe or {}).get("error"):
        messages.error(request, error["message"])
    else:
        messages.success(request, f"{found.name} answers.")
    return redirect(found)


@require_http_methods(["GET", "POST"])
def cluster_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a cluster, once its name has been typed."""
    user = signed_in(request)
    found = administered_cluster(user, pk)
    context: dict[str, Any] = {"cluster": found, "typed": request.POST.get("name", "").strip()}
    if request.method == "GET":
        return render(request, "provisioning/cluster_removal.html", context)
    if context["typed"] != found.name:
        return render(request, "provisioning/cluster_removal.html", context | {"error": True}, status=422)
    try:
        remove_cluster(cluster=found, by=user)
    except CairnError as error:
        return render(request, "provisioning/cluster_removal.html", context | {"refused": error}, status=error.status)
    messages.success(request, f"The portal has forgotten {found.name}. Nothing in it was touched.")
    return redirect("clusters")


def _pasted(request: HttpRequest) -> HttpResponse:
    given = {name: value for name, value in request.POST.dict().items() if name != "token"}
    environments = request.POST.getlist("environments")
    try:
        read = read_pasted(str(given.get(FIELD, "")))
    except CairnError as error:
        return _form(request, given, error=error, environments=environments, keep_paste=True)
    filled = {"server": read.server, "authority": read.authority, "token": read.token}
    filled["name"] = str(given.get("name") or "") or _as_name(read.name)
    return _form(request, given | filled, environments=environments, filled=True)


def _as_name(text: str) -> str:
    allowed = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text.lower())
    return "-".join(part for part in allowed.split("-") if part)[:63]


def _kept(request: HttpRequest, user: User, found: Cluster | None) -> HttpResponse:
    environments = request.POST.getlist("environments")
    posted = {name: str(value) for name, value in request.POST.dict().items()}
    try:
        kept = put_cluster(given=read_form(posted, environments), by=user, cluster=found)
    except CairnError as error:
        return _form(request, posted, found, error, environments=environments)
    messages.success(request, f"{kept.name} is kept.")
    return redirect(kept)


def _form(
    request: HttpRequest,
    given: Mapping[str, Any],
    found: Cluster | None = None,
    error: CairnError | None = None,
    *,
    environments: list[str] | None = None,
    filled: bool = False,
    keep_paste: bool = False,
) -> HttpResponse:
    wrong: dict[str, list[Any]] = {}
    for one in error.fields if error else ():
        wrong.setdefault(one.path.removeprefix("profile."), []).append(one)
    context = {
        "cluster": found,
        "given": {name: value for name, value in given.items() if name not in _SECRET or filled or keep_paste},
        "chosen": environments or [],
        "environments": environments_offered("kubernetes"),
        "levels": POD_SECURITY,
        "error": error,
        "wrong": wrong,
        "filled": filled,
        "probe": found.probe if found else None,
        "resources": found.resources.exclude(state="deleted").order_by("-pk")[:20] if found else [],
        "kind": KIND,
    }
    response = render(request, "provisioning/cluster.html", context, status=error.status if error else 200)
    response["Cache-Control"] = "no-store"
    return response
