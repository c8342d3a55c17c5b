"""GitLab's deliveries in our words. Pure."""

from typing import Any

from metrics.intake import pushes
from metrics.intake.events import Ignored, RepositoryPush

VERSION = 1


def read(event: str, body: Any) -> RepositoryPush | Ignored:
    """The event in ``body``, a decoded delivery whose ``X-Gitlab-Event`` is ``event``."""
    if event == "Push Hook":
        return pushes.gitlab(body)
    return Ignored(f"{event or 'an event without a name'} is not counted")
