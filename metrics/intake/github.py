"""GitHub's ``deployment``, ``deployment_status`` and ``push`` deliveries in our words. Pure.

Source: GitHub's webhook reference; a status's own ``created_at`` is when it happened.
"""

from datetime import datetime
from typing import Any

from metrics.intake import pushes
from metrics.intake.events import DeploymentEvent, Ignored, Moment, RepositoryPush, Unreadable

VERSION = 2
_MOMENTS: dict[str, Moment] = {
    "in_progress": "started",
    "success": "succeeded",
    "failure": "failed",
    "error": "failed",
}


def read(event: str, body: Any) -> DeploymentEvent | RepositoryPush | Ignored:
    """The event in ``body``, a decoded delivery whose ``X-GitHub-Event`` is ``event``."""
    if event == "ping":
        return Ignored("GitHub's greeting")
    if event == "deployment":
        return _deployment(body)
    if event == "deployment_status":
        return _status(body)
    if event == "push":
        return pushes.github(body)
    return Ignored(f"{event or 'an event without a name'} is not counted")


def _deployment(body: Any) -> DeploymentEvent:
    return _event(body, "created", _text(body, "deployment", "created_at"))


def _status(body: Any) -> DeploymentEvent | Ignored:
    state = _text(body, "deployment_status", "state")
    # `inactive` is said of the old deployment when a newer one succeeds: it takes nothing back.
    moment = _MOMENTS.get(state)
    if moment is None:
        return Ignored(f"the state {state} changes nothing")
    return _event(body, moment, _text(body, "deployment_status", "created_at"))


def _event(body: Any, moment: Moment, at: str) -> DeploymentEvent:
    status = body.get("deployment_status") or {}
    return DeploymentEvent(
        external_id=_text(body, "deployment", "id"),
        repository=_text(body, "repository", "full_name"),
        environment=str(status.get("environment") or _text(body, "deployment", "environment")),
        sha=_text(body, "deployment", "sha"),
        moment=moment,
        at=_moment(at),
        url=str(status.get("log_url") or status.get("target_url") or ""),
    )


def _text(body: Any, *path: str) -> str:
    value = body
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    if value is None or isinstance(value, dict | list):
        raise Unreadable(f"{'.'.join(path)} is missing")
    return str(value)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"{text} is not a time") from None
    if moment.tzinfo is None:
        raise Unreadable(f"{text} has no offset")
    return moment
