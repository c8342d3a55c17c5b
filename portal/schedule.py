"""Every periodic task. Each claims its own work, so that two schedulers do no harm."""

from typing import Any


def schedule(*, sweep_seconds: int) -> dict[str, dict[str, Any]]:
    """Celery's schedule. A message that waited for its whole period is dropped: the next one is there."""
    return {
        "sweep-runs": _every(sweep_seconds, "runs.tasks.sweep"),
        "sync-catalog": _every(30, "catalog.tasks.sync_due_sources"),
        "forget-removed-entities": _every(3600, "catalog.tasks.forget_removed_entities"),
        "sync-blueprints": _every(30, "provisioning.tasks.sync_blueprint_sources"),
        "let-in-requests": _every(30, "provisioning.tasks.let_in"),
        "look-for-drift": _every(60, "provisioning.tasks.look_for_drift"),
        "end-resources": _every(60, "provisioning.tasks.end_resources"),
        "sweep-deliveries": _every(30, "metrics.tasks.sweep"),
    }


def _every(seconds: int, task: str) -> dict[str, Any]:
    return {"task": task, "schedule": float(seconds), "options": {"queue": "control", "expires": seconds}}
