"""The errors that people see: whose fault it is, what happened, and the way out.

Every error has a stable ``id``, which page, API, log and command line share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one value.

    ``path`` is the field as the sender wrote it (``inputs.quota.limits.cpu``, ``spec.owner``);
    ``line`` and ``column`` count from 1 and are known for documents only.
    """

    path: str
    message: str
    hint: str = ""
    line: int | None = None
    column: int | None = None


class CairnError(Exception):
    """The root of the families below; raise one of them."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    id = "internal"

    def __init__(
        self,
        message: str,
        *,
        id: str | None = None,
        hint: str = "",
        fields: Sequence[FieldError] = (),
        status: HTTPStatus | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fields = tuple(fields)
        self.id = id or type(self).id
        self.status = status or type(self).status
        self.headers = dict(headers or {})


class UserError(CairnError):
    """What was sent cannot be used; the sender can mend it."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    id = "invalid"


class NotFound(CairnError):
    """There is no such thing, or this person may not know of it."""

    status = HTTPStatus.NOT_FOUND
    id = "not-found"


class PermissionRefused(CairnError):
    """This person may not do that; ``hint`` says who can help."""

    status = HTTPStatus.FORBIDDEN
    id = "permission-refused"


class Conflict(CairnError):
    """The world has moved on: a name is taken, a plan is stale, a version is old."""

    status = HTTPStatus.CONFLICT
    id = "conflict"


class ProviderError(CairnError):
    """An outside system failed. ``permanent`` tells whether trying again can help."""

    status = HTTPStatus.BAD_GATEWAY
    id = "provider"

    def __init__(self, message: str, *, permanent: bool, id: str | None = None, hint: str = "") -> None:
        super().__init__(message, id=id, hint=hint)
        self.permanent = permanent


class RateLimited(ProviderError):
    """An outside system answers no more requests until ``until``, an aware moment."""

    id = "rate-limited"

    def __init__(self, message: str, *, until: datetime, hint: str = "") -> None:
        super().__init__(message, permanent=False, hint=hint)
        self.until = until
