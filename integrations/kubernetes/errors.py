"""What the API server answers when it does not do as asked, in our words."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from common.errors import CairnError, Conflict, FieldError, ProviderError
from integrations.kubernetes.objects import Manifest, ObjectRef


class KubernetesRefused(ProviderError):
    """The cluster will not do it. ``fields`` names what it objects to, where it says so."""

    id = "kubernetes-refused"

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = True,
        id: str | None = None,
        hint: str = "",
        fields: Sequence[FieldError] = (),
        code: int = 0,
    ) -> None:
        super().__init__(message, permanent=permanent, id=id, hint=hint)
        self.fields = tuple(fields)
        self.code = code


@dataclass(frozen=True, slots=True)
class Contested:
    """A field that somebody else owns with another value than ours."""

    path: str
    manager: str


class FieldConflict(Conflict):
    """Other field managers own fields that an apply without force wanted to set."""

    id = "kubernetes-field-conflict"

    def __init__(self, message: str, *, contested: Sequence[Contested]) -> None:
        super().__init__(
            message,
            hint="Plan again: the new plan says what it would take back, and from whom.",
            fields=[FieldError(each.path, f"is owned by {each.manager}") for each in contested],
        )
        self.contested = tuple(contested)


def unreachable(server: str, reason: str) -> ProviderError:
    """The error for an API server that did not answer."""
    return ProviderError(
        f"The Kubernetes API at {server} did not answer: {reason}.",
        permanent=False,
        id="kubernetes-unreachable",
        hint="Check that the cluster is up and that this machine may reach it; the work can then be resumed.",
    )


def still_there(ref: ObjectRef, live: Manifest, timeout: float) -> ProviderError:
    """The error for an object that is still there so many seconds after its deletion, with what holds it."""
    conditions = [
        str(each["message"])
        for each in live.get("status", {}).get("conditions") or []
        if each.get("status") == "True" and each.get("message")
    ]
    finalizers = [*live["metadata"].get("finalizers", []), *live.get("spec", {}).get("finalizers", [])]
    held = "; ".join(conditions) or f"finalizers {', '.join(finalizers)}" if conditions or finalizers else "no reason"
    return ProviderError(
        f"{ref.address} is still being deleted after {timeout:.0f} s: {held}.",
        permanent=False,
        id="kubernetes-not-gone",
        hint="It goes on by itself once what holds it is gone; resume the deletion then.",
    )


def error_for(code: int, body: str) -> CairnError:
    """The error for an answer with HTTP status ``code`` and a ``Status`` object as ``body``."""
    status = _status(body)
    message = str(status.get("message") or body.strip() or HTTPStatus(code).phrase)
    details = status.get("details") or {}
    causes = [cause for cause in details.get("causes") or [] if isinstance(cause, dict)]
    if contested := [_contested(cause) for cause in causes if cause.get("reason") == "FieldManagerConflict"]:
        return FieldConflict(message, contested=contested)
    if code == HTTPStatus.CONFLICT:
        return Conflict(message, id="kubernetes-conflict", hint="Somebody changed it meanwhile; make a new plan.")
    if code in (HTTPStatus.TOO_MANY_REQUESTS, *_BUSY):
        return KubernetesRefused(message, permanent=False, id="kubernetes-busy", code=code)
    if any(cause.get("reason") == "NamespaceTerminating" for cause in causes):
        return Conflict(message, id="kubernetes-terminating", hint="Its name is free again once the deletion is over.")
    id, hint = _NAMED.get(code, ("", ""))
    if code == HTTPStatus.FORBIDDEN and not _NO_RIGHT.search(message):
        id, hint = "", ""  # admission: a quota or a policy said no, and its message says why
    return KubernetesRefused(
        message,
        id=id or None,
        hint=hint,
        fields=[*_fields(causes), *_undeclared(message)],
        code=code,
    )


_BUSY = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
_NO_RIGHT = re.compile(r'User "[^"]*" cannot ')
_NAMED: dict[int, tuple[str, str]] = {
    HTTPStatus.UNAUTHORIZED: (
        "kubernetes-credentials",
        "The credentials in Cairn's kubeconfig are not accepted; a platform admin can renew them.",
    ),
    HTTPStatus.FORBIDDEN: (
        "kubernetes-forbidden",
        "Cairn's account in the cluster lacks a right: a platform admin applies integrations/kubernetes/rights.yaml.",
    ),
    HTTPStatus.NOT_FOUND: ("kubernetes-not-found", ""),
}
_UNDECLARED = re.compile(r"\.?([\w.\[\]\"=-]+): field not declared in schema|unknown field \"([^\"]+)\"")


def _status(body: str) -> dict[str, Any]:
    try:
        decoded = json.loads(body)
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}


def _contested(cause: dict[str, Any]) -> Contested:
    manager = re.search(r'conflict with "([^"]*)"', str(cause.get("message", "")))
    return Contested(str(cause.get("field", "")).removeprefix("."), manager.group(1) if manager else "somebody else")


def _fields(causes: list[dict[str, Any]]) -> list[FieldError]:
    return [
        FieldError(_dotted(str(cause["field"])), str(cause.get("message", "")))
        for cause in causes
        if cause.get("field")
    ]


def _dotted(path: str) -> str:
    """``spec.hard[limits.cpu]`` as ``spec.hard.limits.cpu``, the way plans write it; indexes stay."""
    return re.sub(r"\[([^\]\d][^\]]*)\]", r".\1", path)


def _undeclared(message: str) -> list[FieldError]:
    found = (match.group(1) or match.group(2) for match in _UNDECLARED.finditer(message))
    return [FieldError(path.strip("."), "There is no such field.") for path in found]
