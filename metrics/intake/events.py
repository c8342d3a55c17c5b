"""What mappers make of a delivery, in our words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Moment = Literal["created", "started", "succeeded", "failed"]


@dataclass(frozen=True, slots=True)
class DeploymentEvent:
    """One thing that happened to one deployment. ``repository`` is ``org/name`` at the source."""

    external_id: str
    repository: str
    environment: str
    sha: str
    moment: Moment
    at: datetime
    url: str = ""


@dataclass(frozen=True, slots=True)
class RepositoryPush:
    """A push to ``branch`` of ``repository`` (``org/name``) on ``host``. ``paths`` were touched; None: not told."""

    host: str
    repository: str
    branch: str
    is_default: bool
    paths: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """A delivery that says nothing we count, and why."""

    reason: str


class Unreadable(Exception):
    """A delivery that should say something and cannot be read; the message names the field."""
