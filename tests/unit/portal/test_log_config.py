"""What is worth a line of log."""

import logging

import pytest
import structlog
from django.test import RequestFactory

from portal.log_config import drop_probes, is_no_probe


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_leave_no_line(path: str) -> None:
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Service Unavailable: %s", (path,), None)
    record.request = RequestFactory().get(path)
    assert not is_no_probe(record)
    with pytest.raises(structlog.DropEvent):
        drop_probes(None, "", {"event": "request_finished", "request": f"GET {path}"})


def test_a_page_that_fails_leaves_its_line() -> None:
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Internal Server Error: %s", ("/runs",), None)
    record.request = RequestFactory().get("/runs")
    assert is_no_probe(record)
    assert drop_probes(None, "", {"event": "request_finished", "request": "GET /runs"})
