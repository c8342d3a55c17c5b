"""Day two of a namespace through the run engine: ends, quarantine and back, drift and its repair."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Entity
from integrations.kubernetes.objects import ObjectRef
from provisioning import actions, drift_sweep, expiry_actions
from provisioning.day_two import wish
from provisioning.ephemeral_actions import end_ephemeral, put_ephemeral
from provisioning.models import Drift, Request, Resource
from provisioning.submitting import submit
from tests.integration.test_requests_namespace import QUOTA, cluster, follow, made, said  # noqa: F401
from tests.kubernetes import emulated_cluster  # noqa: F401

pytestmark = pytest.mark.django_db


def fulfilled(request: Request, by=None) -> Resource:  # type: ignore[no-untyped-def]
    request = follow(request)
    if request.state == "awaiting_approval" and by:
        request = follow(actions.decide(request=request, by=by, decision="approve"))
    assert request.state == "fulfilled", said(request)
    return request.resource


def asked(resource: Resource, action: str, by, **given) -> Request:  # type: ignore[no-untyped-def]
    resource.refresh_from_db()
    return submit(asked=wish(resource, action, given=given), by=by, resource=resource)


def test_a_branch_s_namespace_is_made_extended_and_ends_by_itself(alice, cluster) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    given = {"repository": "acme/shop", "branch": "feature/a", "owner": "orders-team", "ttl": 7200}
    request, new = put_ephemeral(given=given, by=alice)
    assert new
    resource = fulfilled(request)
    namespace = ObjectRef("v1", "Namespace", resource.name)
    assert cluster.client().get(namespace)
    assert timedelta(minutes=119) < resource.expires_at - timezone.now() < timedelta(hours=2)

    before = resource.expires_at
    resource = fulfilled(asked(resource, "extend", alice, ttl=3600))
    assert resource.expires_at == before + timedelta(hours=1)

    Resource.objects.filter(pk=resource.pk).update(expires_at=timezone.now())
    assert expiry_actions.end(timezone.now()) == 1
    gone = fulfilled(Request.objects.get(action="delete"))
    assert gone.state == "deleted"
    assert cluster.client().get(namespace) is None
    again, new = put_ephemeral(given=given, by=alice)
    assert new
    fulfilled(again)
    assert fulfilled(end_ephemeral(given=given, by=alice)).state == "deleted"


def test_a_namespace_of_production_is_protected_put_out_of_service_and_brought_back(alice, pat, cluster) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    resource = made(alice, pat, "billing-2")
    assert not resource.protected
    Resource.objects.filter(pk=resource.pk).update(environment="production")
    resource = fulfilled(asked(resource, "protect", alice))
    assert resource.protected
    resource = fulfilled(asked(resource, "unprotect", alice), pat)
    resource = fulfilled(asked(resource, "quarantine", alice), pat)
    assert resource.quarantined_until > timezone.now() + timedelta(hours=71)
    quota = ObjectRef("v1", "ResourceQuota", "quarantine", "billing-2")
    assert cluster.client().get(quota)
    resource = fulfilled(asked(resource, "restore", alice))
    assert (resource.quarantined_until, cluster.client().get(quota)) == (None, None)

    fulfilled(asked(resource, "quarantine", alice), pat)
    Resource.objects.filter(pk=resource.pk).update(quarantined_until=timezone.now())
    expiry_actions.end(timezone.now())
    gone = fulfilled(Request.objects.get(action="delete"))
    assert gone.state == "deleted"
    assert not Entity.objects.present().filter(ref=resource.entity_ref).exists()


def test_the_sweep_finds_what_was_changed_and_a_repair_undoes_it(alice, pat, cluster) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    resource = made(alice, pat, "drifting")
    quota = ObjectRef("v1", "ResourceQuota", "quota", "drifting")
    cluster.edit(quota, {"spec": {"hard": {"limits.cpu": "99"}}})
    Drift.objects.update(due_at=timezone.now())
    drift_sweep.sweep()
    drift = Drift.objects.get(resource=resource)
    assert drift.state == "drifted"
    assert "kubectl-edit" in drift.changes[0]["note"]

    taken = fulfilled(asked(resource, "accept", alice), pat)
    assert taken.inputs["quota"] == QUOTA | {"limits.cpu": "99"}

    cluster.edit(quota, {"spec": {"hard": {"limits.cpu": "100"}}})
    Drift.objects.update(due_at=timezone.now())
    drift_sweep.sweep()
    fulfilled(asked(resource, "repair", alice), pat)
    assert cluster.client().get(quota)["spec"]["hard"]["limits.cpu"] == "99"
    assert Drift.objects.get(resource=resource).state == "clean"


def test_a_transfer_gives_the_members_of_the_other_team_their_rights(alice, charlie, pat, cluster) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    resource = made(alice, pat, "moving")
    request = follow(asked(resource, "transfer", alice, to="payments-team"))
    request = follow(actions.decide(request=request, by=pat, decision="approve"))
    assert request.state == "awaiting_approval", "the platform agrees; the receiver has not accepted yet"
    given = fulfilled(request, charlie)
    assert given.owner_ref == "group:default/payments-team"
    binding = cluster.client().get(ObjectRef("rbac.authorization.k8s.io/v1", "RoleBinding", "members", "moving"))
    assert binding["subjects"][0]["name"] == "payments-team"
    assert Entity.objects.get(ref=given.entity_ref).owner_ref == "group:default/payments-team"
