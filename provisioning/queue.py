"""What waits for one person's decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from provisioning.approvals import counted, missing
from provisioning.models import Request
from provisioning.permissions import Opening, open_stage, stage_in_words

#: So many are shown at once, the oldest first.
MOST = 100
#: An end that is nearer than this is said loudly.
SOON = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request and the decision that the person may give on it."""

    request: Request
    opening: Opening

    @property
    def key(self) -> str:
        """What a form sends of it: its number and the plan that is shown."""
        return f"{self.request.pk}:{self.request.digest}"

    @property
    def why(self) -> list[tuple[str, str]]:
        """Reasons of the stage that the decision would count for, each with the platform's rule behind it."""
        stage = self._stage
        names = stage.get("rules") or [""] * len(stage["reasons"])
        return list(zip(stage["reasons"], names, strict=True))

    @property
    def progress(self) -> str:
        """How far the stage is: ``1 of 2: an approver``."""
        stage = self._stage
        given = sum(approval.approvers == stage["approvers"] for approval in counted(self.request))
        return f"{given} of {stage['count']}: {stage_in_words(stage, self.request)}"

    @property
    def is_soon_over(self) -> bool:
        """Whether little time is left to decide."""
        return bool(self.request.expires_at and self.request.expires_at - timezone.now() < SOON)

    @property
    def _stage(self) -> Mapping[str, Any]:
        return next(stage for stage in self.request.stages if stage["approvers"] == self.opening.stage)


def queue_of(user: User) -> list[Waiting]:
    """Requests that this person may decide on now, in their own right or in somebody's stead, the oldest first."""
    rows = Request.objects.awaiting(user).select_related("resource", "requested_by", "run")
    found = []
    for row in rows[:MOST]:
        given = counted(row)
        opening = open_stage(user, row, given) if missing(row, given) else None
        if opening and opening.verdict:
            found.append(Waiting(row, opening))
    return found
