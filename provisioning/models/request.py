"""A request to make, change or remove a resource, and what people decided about it."""

from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from provisioning.blueprints import blueprint_at
from provisioning.blueprints.definition import Blueprint
from provisioning.models.asked import asking
from provisioning.models.resource import Resource
from provisioning.states import ACTIVE, AWAITING_APPROVAL, EVALUATING, FINAL, STATES
from provisioning.verbs import VERBS, Effect, effect_of
from runs.models import Run


class RequestQuerySet(models.QuerySet["Request"]):
    """Questions about requests."""

    def visible_to(self, user: User) -> "RequestQuerySet":
        """Own ones, those of the person's teams, those that ask the person, and everything for approvers and platform
        admins."""
        if user.role in {"approver", "platform-admin"}:
            return self
        mine = Q(resource__owner_ref__in=user.owner_refs()) | Q(requested_by=user) | asking(user)
        mine |= Q(receiver_ref__in=user.owner_refs())
        return self.filter(mine | Q(pk__in=Approval.objects.filter(by=user).values("request_id")))

    def awaiting(self, user: User) -> "RequestQuerySet":
        """Those that wait for a decision that this person may be able to give: not their own, and not decided by them
        already."""
        decided = Approval.objects.filter(by=user, request_id=OuterRef("pk"), digest=OuterRef("digest"))
        return self.filter(asking(user), ~Exists(decided)).exclude(requested_by=user).order_by("pk")


class Request(models.Model):
    """One wish. ``actions.move`` is the only writer of ``state``."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="requests")
    action = models.CharField(max_length=20)
    #: What it is planned with; another than the resource's while an upgrade is under way.
    blueprint_version = models.CharField(max_length=20, blank=True)
    inputs = models.JSONField(default=dict)
    #: What an action needs beside inputs: until when to extend, what to import, …
    parameters = models.JSONField(default=dict)
    #: Who is to own the resource when it is transferred, and has to accept it.
    receiver_ref = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=20, default=EVALUATING, choices=[(state, state) for state in STATES])
    #: The policy's answer, with the stages of approval.
    policy = models.JSONField(default=dict)
    price = models.JSONField(null=True, blank=True)
    plan = models.JSONField(null=True, blank=True)
    #: What approvals are given to; another one makes them void.
    digest = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    #: Since when people are asked, and how often that was said to more of them.
    asked_at = models.DateTimeField(null=True, blank=True)
    escalated = models.PositiveSmallIntegerField(default=0)
    #: What the rules looked at last: the record of the decision.
    facts = models.JSONField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="requests")
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    idempotency_key = models.CharField(max_length=200, null=True, blank=True)
    body_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resource"], condition=Q(state__in=sorted(ACTIVE)), name="one_active_request_per_resource"
            ),
            models.UniqueConstraint(fields=["requested_by", "idempotency_key"], name="one_request_per_idempotency_key"),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="requests_by_state")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page of this request."""
        return reverse("request", args=[self.pk])

    @property
    def title(self) -> str:
        """What is wanted, in words."""
        return f"{VERBS[self.action].title} {self.resource.definition.noun} {self.resource.name}"

    @property
    def effect(self) -> Effect:
        """What a backend is asked for."""
        return effect_of(self.action, self.definition.protection)

    @property
    def future_owner_ref(self) -> str:
        """Who owns the resource once this is done."""
        return self.receiver_ref or self.resource.owner_ref

    @property
    def shown_state(self) -> str:
        """The state in the words of what is asked: a transfer waits for acceptance."""
        waits = self.receiver_ref and self.state == AWAITING_APPROVAL
        return "awaiting_acceptance" if waits else self.state

    @property
    def shown_plan(self) -> dict[str, Any] | None:
        """The plan; None while another is being made."""
        return None if self.state == EVALUATING else self.plan

    @property
    def definition(self) -> Blueprint:
        """The blueprint, at the version that it is planned with."""
        return blueprint_at(self.resource.blueprint, self.blueprint_version or self.resource.blueprint_version)

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in FINAL

    @property
    def stages(self) -> list[dict[str, Any]]:
        """The stages of approval that the policy asks for."""
        return list(self.policy.get("stages", []))


class Approval(models.Model):
    """What one person decided about one digest."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="approvals")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    #: Whom the person stood in for.
    on_behalf_of = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=10, choices=[("approve", "Approved"), ("reject", "Rejected")])
    reason = models.TextField(blank=True)
    digest = models.CharField(max_length=64)
    #: The stage that it counts for.
    approvers = models.CharField(max_length=255)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "by", "digest"], name="one_decision_per_person_and_plan")
        ]

    def __str__(self) -> str:
        return f"{self.by_id} {self.decision} request {self.request_id}"
