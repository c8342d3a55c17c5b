"""Where apps below the audit trail leave word of what they changed.

The audit app sits above accounts on the ladder, so it hands its recorder down when the portal starts.
"""

from typing import Any, Protocol


class Recorder(Protocol):
    """The shape of ``audit.record.record``."""

    def __call__(
        self,
        verb: str,
        *,
        by: Any,
        subject_kind: str,
        subject_id: str,
        subject_label: str = "",
        data: dict[str, Any] | None = None,
    ) -> None: ...


_recorder: Recorder | None = None


def set_recorder(recorder: Recorder) -> None:
    """Called once by the audit app."""
    global _recorder
    _recorder = recorder


def record(
    verb: str,
    *,
    by: Any,
    subject_kind: str,
    subject_id: str,
    subject_label: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Record one event through the audit app; an installation without it is a mistake and fails."""
    assert _recorder is not None, "the audit app must be installed"
    _recorder(verb, by=by, subject_kind=subject_kind, subject_id=subject_id, subject_label=subject_label, data=data)
