"""The id of the request that is being answered, for what happens far from the view."""

from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def set_request_id(request_id: str) -> None:
    """Called by the middleware as a request begins."""
    _request_id.set(request_id)


def current_request_id() -> str:
    """The id of the current request; empty outside one."""
    return _request_id.get()
