"""Keeping what was made: outputs, the catalog's entity, the end of the request."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.actions import put_portal_entities, remove_portal_entity
from catalog.models import Entity
from provisioning.actions import move
from provisioning.effects import finish
from provisioning.models import Request, Resource
from provisioning.models.resource import ResourceState
from provisioning.states import FULFILLED
from provisioning.steps.common import request_of
from runs.models import Run
from runs.pipeline import Done, Outcome, StepContext

SOURCE = "provisioning"


class Record:
    """Write outputs and entity in one transaction with the end of the request."""

    name = "record"
    title = "Adding it to the catalog"
    repeatable = True
    recovery = None

    def run(self, context: StepContext) -> Outcome:
        """The same again changes nothing."""
        request = request_of(context)
        outputs = Run.objects.get(pk=context.run_id).step_data("confirm").get("outputs", {})
        with transaction.atomic():
            note = _remove(request) if request.action == "delete" else _keep(request, outputs)
            move(request, FULFILLED)
        return Done(note)


def _keep(request: Request, outputs: dict[str, Any]) -> str:
    resource = request.resource
    resource.blueprint_version = request.definition.version
    finish(request, outputs)
    document = entity_of(resource, outputs)
    put_portal_entities(source=SOURCE, documents=[document], by=request.requested_by)
    resource.state = ResourceState.READY
    resource.entity_ref = f"resource:default/{document['metadata']['name']}"
    resource.changed_at = timezone.now()
    resource.save()
    return resource.entity_ref


def _remove(request: Request) -> str:
    resource = request.resource
    if resource.entity_ref:
        remove_portal_entity(source=SOURCE, ref=resource.entity_ref, by=request.requested_by)
    resource.secrets.all().delete()
    resource.state, resource.outputs, resource.changed_at = ResourceState.DELETED, {}, timezone.now()
    resource.save()
    return "gone"


def entity_of(resource: Resource, outputs: dict[str, Any]) -> dict[str, Any]:
    """The Resource that the catalog shows. No secret, no output that is one."""
    blueprint = resource.definition
    annotations = {
        "cairn.dev/resource-id": str(resource.pk),
        "cairn.dev/blueprint": f"{blueprint.name} {blueprint.version}",
        "cairn.dev/environment": resource.environment,
    }
    if endpoint := outputs.get("endpoint"):
        annotations["cairn.dev/endpoint"] = str(endpoint)
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Resource",
        "metadata": {
            "name": _entity_name(resource),
            "title": resource.name,
            "description": str(resource.inputs.get("description") or f"{blueprint.title} in {resource.environment}"),
            "annotations": annotations,
        },
        "spec": {"type": blueprint.entity_type, "owner": resource.owner_ref, "lifecycle": resource.environment},
    }


def _entity_name(resource: Resource) -> str:
    """The name in the catalog, kept once given; another resource of the same name makes it more exact."""
    if resource.entity_ref:
        return resource.entity_ref.rpartition("/")[2]
    name = resource.name if resource.environment == "production" else f"{resource.name}-{resource.environment}"
    for candidate in (name, f"{name}-{resource.blueprint}"):
        candidate = candidate[:63].rstrip("-")
        if not Entity.objects.present().filter(ref=f"resource:default/{candidate}").exists():
            return candidate
    return f"{name[:50].rstrip('-')}-{resource.pk}"
