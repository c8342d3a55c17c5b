"""One NamespaceRequest brought in line: finalizer, request, status. The same again changes nothing."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from integrations.kubernetes.objects import Manifest, ObjectRef
from provisioning.custom_resource.status import Standing, status_of
from provisioning.models import Cluster, WatchedRequest
from provisioning.models.resource import ResourceState
from provisioning.namespace_request import API_VERSION, KIND
from provisioning.watched_actions import let_go, take_up

if TYPE_CHECKING:
    from integrations.kubernetes.client import Client

FINALIZER = "platform.example.com/cairn"


def reconcile(cluster: Cluster, client: "Client", found: Manifest) -> None:
    """Act on ``found`` as it is in the cluster, and write what became of it into its status.

    Raises ProviderError when the cluster does not answer; what was filed stays filed, and the next look goes on.
    """
    found = {**found, "apiVersion": API_VERSION, "kind": KIND}
    if "deletionTimestamp" in found["metadata"]:
        _leaving(cluster, client, found)
        return
    if FINALIZER not in found["metadata"].get("finalizers", []):
        client.apply(_bare(found, finalizers=[FINALIZER]))
    tell(client, found, take_up(cluster=cluster, found=found))


def _leaving(cluster: Cluster, client: "Client", found: Manifest) -> None:
    if FINALIZER not in found["metadata"].get("finalizers", []):
        return
    if let_go(cluster=cluster, found=found):
        client.apply(_bare(found, finalizers=[]))
        return
    row = WatchedRequest.objects.select_related("request", "resource").get(
        cluster=cluster, uid=found["metadata"]["uid"]
    )
    tell(client, found, row)


def tell(client: "Client", found: Manifest, row: WatchedRequest) -> None:
    """Write the status of ``row`` into the cluster, unless it stands there already."""
    before = found.get("status") or {}
    now = timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    status = status_of(standing_of(row, deleting="deletionTimestamp" in found["metadata"]), before, now)
    if status != before:
        # Nobody else has a word in our status: whatever kubectl left there goes.
        client.apply({**_bare(found), "status": status}, subresource="status", force=True)
    told = told_by(row)
    if row.told != told:
        WatchedRequest.objects.filter(pk=row.pk).update(told=told)


def standing_of(row: WatchedRequest, *, deleting: bool = False) -> Standing:
    """How ``row`` stands."""
    request, resource = row.request, row.resource
    return Standing(
        generation=row.generation,
        state=request.state if request else "",
        message=_message(row),
        problem=row.problem,
        request_id=request.pk if request else None,
        request_url=f"{settings.BASE_URL}{request.get_absolute_url()}" if request else "",
        environment=resource.environment if resource else "",
        ready=bool(resource and resource.state == ResourceState.READY),
        deleting=deleting,
    )


def told_by(row: WatchedRequest) -> str:
    """What makes the status another: compared with what was told, it says whether there is something to tell."""
    request, resource = row.request, row.resource
    parts = (row.generation, request.pk if request else 0, request.state if request else "")
    return ":".join(map(str, (*parts, resource.state if resource else "")))


def _message(row: WatchedRequest) -> str:
    request = row.request
    if request is None:
        return ""
    if request.error:
        return " ".join(part for part in (request.error.get("message", ""), request.error.get("hint", "")) if part)
    if said := request.approvals.filter(decision="reject").order_by("-pk").select_related("by").first():
        return f"{said.by.display_name}: {said.reason}"
    waiting = request.run.waiting_for if request.run and not request.is_final else []
    if waiting:
        return str(waiting[0].get("text", ""))
    return f"{request.title}: {request.state.replace('_', ' ')}."


def _bare(found: Manifest, **metadata: Any) -> Manifest:
    """The object by its names and its uid: another one of the same name is a conflict, never mistaken for it."""
    kept: Mapping[str, Any] = {name: found["metadata"][name] for name in ("name", "namespace", "uid")}
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": {**kept, **metadata}}


def look_at(cluster: Cluster, client: "Client", row: WatchedRequest) -> None:
    """Read the object of ``row`` again and act on it; nothing where it is gone or another one."""
    found = client.get(ObjectRef(API_VERSION, KIND, row.name, row.namespace))
    if found is not None and found["metadata"]["uid"] == row.uid:
        reconcile(cluster, client, found)
