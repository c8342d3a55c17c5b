"""The ``Status`` objects with which an API server refuses. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason of a refusal, at one field."""

    reason: str
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def invalid_value(field: str, value: object, why: str) -> Cause:
    """A value that breaks a rule."""
    shown = f'"{value}"' if isinstance(value, str) else f"{value}"
    return Cause("FieldValueInvalid", field, f"Invalid value: {shown}: {why}")


def unsupported(field: str, value: str, choices: Sequence[str]) -> Cause:
    """A value that is not among ``choices``."""
    listed = ", ".join(f'"{choice}"' for choice in choices)
    return Cause("FieldValueNotSupported", field, f'Unsupported value: "{value}": supported values: {listed}')


def required(field: str, why: str = "") -> Cause:
    """A value that is missing."""
    return Cause("FieldValueRequired", field, f"Required value{f': {why}' if why else ''}")


class Refusal(Exception):
    """An answer other than success, as the API server words it."""

    def __init__(
        self, code: HTTPStatus, message: str, *, reason: str = "", details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            **({"reason": reason} if reason else {}),
            **({"details": details} if details else {}),
            "code": int(code),
        }


def not_found(plural: str, name: str) -> Refusal:
    """There is no such object."""
    return Refusal(
        HTTPStatus.NOT_FOUND,
        f'{plural} "{name}" not found',
        reason="NotFound",
        details={"name": name, "kind": plural},
    )


def no_such_address() -> Refusal:
    """There is nothing at this path."""
    return Refusal(HTTPStatus.NOT_FOUND, "the server could not find the requested resource", reason="NotFound")


def bad_request(message: str) -> Refusal:
    """The request itself makes no sense."""
    return Refusal(HTTPStatus.BAD_REQUEST, message, reason="BadRequest")


def untyped(where: str, message: str) -> Refusal:
    """A body that does not fit the kind; real servers answer 500 to an apply with one."""
    return Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, f"{where}: {message}")


def invalid(kind: str, group: str, name: str, causes: Sequence[Cause]) -> Refusal:
    """The object breaks rules of its kind."""
    text = str(causes[0]) if len(causes) == 1 else f"[{', '.join(map(str, causes))}]"
    qualified = f"{kind}.{group}" if group else kind
    return Refusal(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f'{qualified} "{name}" is invalid: {text}',
        reason="Invalid",
        details={"name": name, **({"group": group} if group else {}), "kind": kind, "causes": _causes(causes)},
    )


def forbidden(plural: str, name: str, why: str, causes: Sequence[Cause] = ()) -> Refusal:
    """Admission says no."""
    return Refusal(
        HTTPStatus.FORBIDDEN,
        f'{plural} "{name}" is forbidden: {why}',
        reason="Forbidden",
        details={"name": name, "kind": plural, **({"causes": _causes(causes)} if causes else {})},
    )


def contested(owners: Sequence[tuple[str, str]]) -> Refusal:
    """An apply met fields that others own; ``owners`` are pairs of manager and field."""
    causes = [Cause("FieldManagerConflict", field, f'conflict with "{manager}"') for manager, field in owners]
    text = "; ".join(f"{cause.message}: {cause.field}" for cause in causes)
    count = f"{len(causes)} conflict{'' if len(causes) == 1 else 's'}"
    return Refusal(
        HTTPStatus.CONFLICT,
        f"Apply failed with {count}: {text}",
        reason="Conflict",
        details={"causes": _causes(causes)},
    )


def _causes(causes: Sequence[Cause]) -> list[dict[str, str]]:
    return [{"reason": cause.reason, "message": cause.message, "field": cause.field} for cause in causes]
