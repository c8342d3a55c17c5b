"""What becomes of a NamespaceRequest in a cluster: a request to make, change or delete a namespace, filed once."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from audit.record import record
from common.errors import CairnError, Conflict, ProviderError, UserError
from provisioning.actions import withdraw
from provisioning.asking import Asked, asked_of
from provisioning.blueprints import blueprint_named
from provisioning.custom_resource.speaking import only_environment, problem_of, require_speaks
from provisioning.models import Cluster, Request, WatchedRequest
from provisioning.models.resource import ResourceState
from provisioning.namespace_request import NamespaceRequest, parse
from provisioning.states import ACTIVE, PROVISIONING
from provisioning.submitting import submit

Manifest = Mapping[str, Any]


@transaction.atomic
def take_up(*, cluster: Cluster, found: Manifest) -> WatchedRequest:
    """File what ``found`` asks for, unless this generation of it has been acted on already.

    What cannot be asked for is kept as the row's problem. While another request for the same namespace is under way,
    nothing is filed and the generation stays open, so that the next look files it.
    """
    row = _locked(cluster, found)
    generation = int(found["metadata"].get("generation", 1))
    if row.generation >= generation:
        return row
    try:
        with transaction.atomic():
            request = _file(cluster, row, found)
    except Conflict as busy:
        if busy.id != "resource-busy":
            return _acted(row, generation, problem=_problem(busy))
        row.problem = None
        row.save(update_fields=["problem"])
        return row
    except ProviderError:
        raise
    except CairnError as error:
        return _acted(row, generation, problem=_problem(error))
    if request is not None:
        row.request, row.resource = request, request.resource
        _record("namespace-request.taken-up", row, request)
    return _acted(row, generation, problem=None)


@transaction.atomic
def let_go(*, cluster: Cluster, found: Manifest) -> bool:
    """Whether the object ``found``, which somebody has deleted, may go. If not yet, what is needed for it is filed:
    the namespace's deletion, with policy and approval as through any other door."""
    row = _locked(cluster, found)
    resource = row.resource
    if resource is None or resource.state == ResourceState.DELETED:
        return True
    active = resource.requests.filter(state__in=ACTIVE).first()
    if resource.state == ResourceState.PENDING:
        return _given_up(row, active)
    if active is None and (row.request is None or row.request.action != "delete"):
        row.request = submit(asked=asked_of(resource, "delete", resource.inputs), by=None, resource=resource)
        row.save(update_fields=["request"])
        _record("namespace-request.let-go", row, row.request)
    elif active is not None and active.action == "delete" and active != row.request:
        row.request = active
        row.save(update_fields=["request"])
    return False


def _given_up(row: WatchedRequest, active: Request | None) -> bool:
    """What was never made needs no deletion: the request is taken back, at once unless it is being applied."""
    if active is None:
        return True
    if active.state != PROVISIONING:
        withdraw(request=active, by=None)
    return not Request.objects.filter(pk=active.pk, state__in=ACTIVE).exists()


def _locked(cluster: Cluster, found: Manifest) -> WatchedRequest:
    metadata = found["metadata"]
    place = {"namespace": metadata["namespace"], "name": metadata["name"]}
    WatchedRequest.objects.get_or_create(cluster=cluster, uid=metadata["uid"], defaults=place)
    rows = WatchedRequest.objects.select_for_update(of=("self",)).select_related("resource", "request")
    return rows.get(cluster=cluster, uid=metadata["uid"])


def _acted(row: WatchedRequest, generation: int, *, problem: Mapping[str, Any] | None) -> WatchedRequest:
    row.generation, row.problem = generation, problem
    row.save()
    return row


def _file(cluster: Cluster, row: WatchedRequest, found: Manifest) -> Request | None:
    """The request that ``found`` becomes; None where everything is as it says already."""
    wanted = _read(found)
    require_speaks(cluster, found["metadata"]["namespace"], wanted.owner_ref)
    environment = wanted.environment or only_environment(cluster)
    if row.resource is None or row.resource.state == ResourceState.DELETED:
        blueprint = blueprint_named("namespace")
        inputs = wanted.inputs
        asked = Asked(blueprint, "create", wanted.name, wanted.owner_ref, environment, inputs, target=cluster.name)
        return submit(asked=asked, by=None)
    return _change(row, wanted, environment)


def _change(row: WatchedRequest, wanted: NamespaceRequest, environment: str) -> Request | None:
    resource = row.resource
    assert resource is not None
    if resource.requests.filter(state__in=ACTIVE).exists():
        raise Conflict("Another request for it is under way.", id="resource-busy")
    if (wanted.owner_ref, environment) != (resource.owner_ref, resource.environment):
        raise UserError(
            "Team and environment of a namespace that is there stay as they are.",
            id="cannot-change",
            hint="Change them back, or ask for another namespace.",
        )
    if resource.inputs == wanted.inputs:
        return None
    return submit(asked=asked_of(resource, "update", wanted.inputs), by=None, resource=resource)


def _read(found: Manifest) -> NamespaceRequest:
    """The object as a manifest that somebody sends: what the server has added is left out."""
    bare = {"apiVersion": found["apiVersion"], "kind": found["kind"], "spec": found.get("spec")}
    return parse(json.dumps({**bare, "metadata": {"name": found["metadata"]["name"]}}))


def _problem(error: CairnError) -> Mapping[str, Any]:
    return problem_of(UserError(error.message, id=error.id, hint=error.hint, fields=error.fields))


def _record(verb: str, row: WatchedRequest, request: Request) -> None:
    record(
        verb,
        by=None,
        subject_kind="request",
        subject_id=str(request.pk),
        subject_label=request.title,
        owner_ref=request.resource.owner_ref,
        data={"cluster": row.cluster.name, "object": f"{row.namespace}/{row.name}", "uid": row.uid},
    )
