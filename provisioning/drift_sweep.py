"""The scheduled look: all namespaces of a cluster at once, what Terraform keeps one by one."""

import logging
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from common.errors import CairnError
from provisioning.backends.base import Task
from provisioning.drift_actions import claim_namespaces, keep, keep_failure, remember_everything, start_due
from provisioning.effects import facts_of_resource
from provisioning.models import Cluster, Resource
from provisioning.targets import kept_by

log = logging.getLogger(__name__)


def sweep() -> None:
    """Look at everything whose time has come."""
    if not settings.DRIFT_HOURS:
        return
    now = timezone.now()
    remember_everything(now)
    start_due(now)
    if resources := claim_namespaces(now):
        look_at(resources)


def look_at(resources: list[Resource]) -> None:
    """Compare namespaces with what was asked for; a cluster that does not answer is a reason that is shown."""
    from provisioning.backends.kubernetes import KubernetesBackend

    since, found = timezone.now(), {resource.pk: resource for resource in resources}
    try:
        for pk, look in KubernetesBackend().sweep(as_task(resource) for resource in resources):
            keep(resource=found.pop(pk), look=look, since=since)
    except CairnError as error:
        log.warning("the sweep could not look at %s namespaces: %s", len(found), error.message)
        for resource in found.values():
            keep_failure(resource=resource, why=error.message)


def as_task(resource: Resource) -> Task:
    """What comparing needs to know; nothing is run."""
    blueprint, target = resource.definition, kept_by(resource)
    return Task(
        action="update",
        resource_id=resource.pk,
        name=resource.name,
        environment=resource.environment,
        owner_ref=resource.owner_ref,
        inputs=resource.inputs,
        imposed=blueprint.imposed_on(facts_of_resource(resource, "update")),
        module=blueprint.module,
        outputs={},
        workspace=Path(),
        run_id=0,
        epoch=0,
        log=lambda line: None,
        target=target.pk if target else None,
        profile=target.profile if isinstance(target, Cluster) else {},
    )
