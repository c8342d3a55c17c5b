"""Every periodic task. Each claims its own work, so that two schedulers do no harm."""

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep-runs": {"task": "runs.tasks.sweep", "schedule": 5.0, "options": {"queue": "control", "expires": 5}},
    "sync-catalog": {
        "task": "catalog.tasks.sync_due_sources",
        "schedule": 30.0,
        "options": {"queue": "control", "expires": 30},
    },
    "sweep-deliveries": {
        "task": "metrics.tasks.sweep",
        "schedule": 30.0,
        "options": {"queue": "control", "expires": 30},
    },
}
