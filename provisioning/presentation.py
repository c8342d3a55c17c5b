"""How blueprints, requests and resources are said to programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from provisioning import intents
from provisioning.blueprints.definition import Blueprint
from provisioning.budgets import Line, Use, bare_words, lines_of, total, words
from provisioning.fleet import VersionLine
from provisioning.models import (
    BlueprintSource,
    BlueprintVersion,
    BreakGlass,
    Budget,
    Delegation,
    PolicyRule,
    Preview,
    Request,
)
from provisioning.resource_presentation import target_name
from provisioning.states import ABANDONED, NEEDS_ATTENTION
from provisioning.waiting import waiting_for


def blueprint_json(blueprint: Blueprint) -> dict[str, Any]:
    """A blueprint as the API shows it."""
    return {
        "name": blueprint.name,
        "title": blueprint.title,
        "version": blueprint.version,
        "owner": blueprint.owner,
        "description": blueprint.description,
        "environments": list(blueprint.environments),
        "inputs": blueprint.inputs,
        "outputs": {output.name: {"title": output.title} for output in blueprint.outputs},
        "secrets": sorted(blueprint.secrets),
        "policy": [
            {
                "when": rule.when,
                "effect": rule.effect,
                "reason": rule.reason,
                "approvers": rule.approvers,
                "count": rule.count,
            }
            for rule in blueprint.policy
        ],
    }


def version_json(name: str, line: VersionLine, *, in_full: bool) -> dict[str, Any]:
    """A version as the API shows it; ``in_full`` with how many resources are on it."""
    row = line.row
    shown: dict[str, Any] = {
        "name": name,
        "version": line.version,
        "state": "offered" if line.is_offered else row.state if row else "withdrawn",
        "digest": row.digest if row else None,
        "read_at": row.read_at if row else None,
        "behind": line.behind,
    }
    return shown | ({"resources": line.used, **_origin(row)} if in_full else {})


def stored_version_json(row: BlueprintVersion) -> dict[str, Any]:
    """A version that a source brought."""
    names = ("name", "version", "state", "digest", "read_at", "offered_at")
    return {name: getattr(row, name) for name in names} | _origin(row)


def _origin(row: BlueprintVersion | None) -> dict[str, Any]:
    if row is None or row.shipped:
        return {"source": None, "origin": "portal", "trusted": True}
    return {"source": row.source_id, "origin": row.origin, "trusted": row.trusted}


def source_json(source: BlueprintSource) -> dict[str, Any]:
    """A source of blueprints with what is wrong in it."""
    names = ("id", "kind", "target", "path", "trusted", "state", "error", "problems", "last_sync_at", "next_sync_at")
    versions = source.versions.order_by("name", "pk").values("name", "version", "state")
    return {name: getattr(source, name) for name in names} | {
        "interval_seconds": int(source.interval.total_seconds()),
        "syncing": source.is_pending,
        "versions": list(versions),
    }


def preview_json(preview: Preview) -> dict[str, Any]:
    """A plan of which nothing is made."""
    names = ("id", "name", "environment", "inputs", "plan", "error", "created_at")
    return {name: getattr(preview, name) for name in names} | {
        "blueprint": preview.version.name,
        "version": preview.version.version,
        "owner": preview.owner_ref,
        "run": {"id": preview.run.pk, "state": preview.run.state} if preview.run else None,
    }


def request_detail_json(request: Request) -> dict[str, Any]:
    """The same with what became of each object of a plan that was applied in part."""
    unclear = request.state in {NEEDS_ATTENTION, ABANDONED}
    found = intents.found(request) if unclear else []
    return request_json(request) | {
        "exists": [{**asdict(one), "may_exist_unknown": one.may_exist} for one in found],
    }


def request_json(request: Request) -> dict[str, Any]:
    """A request as the API shows it."""
    run, resource = request.run, request.resource
    return {
        "id": request.pk,
        "title": request.title,
        "action": request.action,
        "blueprint": resource.blueprint,
        "version": request.blueprint_version or resource.blueprint_version,
        "name": resource.name,
        "owner": resource.owner_ref,
        "environment": resource.environment,
        "target": target_name(resource),
        "inputs": request.inputs,
        "parameters": request.parameters,
        "receiver": request.receiver_ref or None,
        "state": request.state,
        "waiting_for": waiting_for(request),
        "policy": decision_json(request.policy),
        "plan": request.shown_plan,
        "digest": request.digest,
        "price": request.price,
        "approvals": [
            {
                "by": approval.by.entity_ref,
                "as": approval.on_behalf_of.entity_ref if approval.on_behalf_of else None,
                "decision": approval.decision,
                "reason": approval.reason,
                "at": approval.at,
                "void": approval.digest != request.digest,
            }
            for approval in request.approvals.select_related("by", "on_behalf_of").order_by("pk")
        ],
        "break_glass": [
            glass_json(glass) for glass in request.broken_glass.select_related("by", "reviewed_by").order_by("pk")
        ],
        "run": {"id": run.pk, "state": run.state} if run else None,
        "resource": {"id": resource.pk, "entity_ref": resource.entity_ref or None, "outputs": resource.outputs},
        "error": request.error,
        "requested_by": request.requested_by.entity_ref if request.requested_by else None,
        "created_at": request.created_at,
        "finished_at": request.finished_at,
        "expires_at": request.expires_at,
    }


def decision_json(policy: Mapping[str, Any]) -> dict[str, Any]:
    """A decision as the API shows it: each reason with the platform's rule behind it, None for the blueprint's own."""
    names = policy.get("rules") or [""] * len(policy.get("reasons", []))
    return {
        "decision": policy.get("decision"),
        "reasons": policy.get("reasons", []),
        "rules": [name or None for name in names],
        "stages": [
            {
                "approvers": stage["approvers"],
                "count": stage["count"],
                "reasons": stage["reasons"],
                "escalations": stage.get("escalations", []),
            }
            for stage in policy.get("stages", [])
        ],
        "freezes": policy.get("freezes", []),
        "later": policy.get("later", []),
    }


def glass_json(glass: BreakGlass) -> dict[str, Any]:
    """A request let through without approval, as the API shows it."""
    return {
        "by": glass.by.entity_ref,
        "reason": glass.reason,
        "incident": glass.incident or None,
        "at": glass.at,
        "reviewed_by": glass.reviewed_by.entity_ref if glass.reviewed_by else None,
        "reviewed_at": glass.reviewed_at,
        "note": glass.note or None,
    }


def policy_json(row: PolicyRule) -> dict[str, Any]:
    """A rule of the platform as the API shows it."""
    rule = row.rule
    return {
        "name": row.name,
        "effect": rule.effect,
        "reason": rule.reason,
        "when": rule.when,
        "approvers": rule.approvers if rule.effect == "approve" else None,
        "count": rule.count if rule.effect == "approve" else None,
        "escalation": row.declaration.get("escalation"),
        "priority": rule.priority,
        "blueprints": list(rule.blueprints),
        "tests": row.declaration.get("tests", []),
        "enabled": row.enabled,
        "version": row.version,
        "changed_at": row.changed_at,
        "changed_by": row.changed_by,
    }


def delegation_json(row: Delegation) -> dict[str, Any]:
    """Who decides in whose stead, as the API shows it."""
    return {
        "id": row.pk,
        "from": row.delegator.entity_ref,
        "to": row.delegate.entity_ref,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "reason": row.reason,
        "state": row.state,
    }


def budget_json(budget: Budget, lines: Sequence[Line]) -> dict[str, Any]:
    """A budget with how full it is, as the API shows it."""
    return _budget(budget, total(lines))


def budget_with_lines(budget: Budget) -> dict[str, Any]:
    """The same with what takes how much of it."""
    (lines,) = lines_of([budget])
    shown = [
        {
            "resource": line.resource.pk,
            "name": line.resource.name,
            "owner": line.resource.owner_ref,
            "amount": f"{line.amount.normalize():f}",
            "pending": line.pending,
        }
        for line in lines
    ]
    return budget_json(budget, lines) | {"lines": shown}


def use_json(use: Use) -> dict[str, Any]:
    """What a request would do to a budget, as the API shows it."""
    after = {"after": f"{use.after.normalize():f}", "share": round(use.share, 1), "exceeds": use.exceeds}
    return _budget(use.budget, use.now) | after


def _budget(budget: Budget, used: Decimal) -> dict[str, Any]:
    return {
        "id": budget.pk,
        "owner": budget.owner_ref,
        "measure": budget.measure,
        "blueprint": budget.blueprint or None,
        "limit": f"{budget.limit.normalize():f}",
        "used": f"{used.normalize():f}",
        "words": f"{bare_words(budget, used)} of {words(budget, budget.limit)}",
    }
