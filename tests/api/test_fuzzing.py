"""Both APIs, asked what their own schema allows and what it does not: no answer is a fault, none is undocumented.

The questions are the same in every run, so that a run says something about the change before it. ``FUZZ_EXAMPLES=300``
asks as many new ones of each operation.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import negative_data_rejection, not_a_server_error, positive_data_acceptance

from accounts.actions import create_token
from accounts.models import User
from portal.wsgi import application
from tests.integration.test_catalog_sync import Folder, component

pytestmark = pytest.mark.django_db
schema = schemathesis.openapi.from_wsgi("/api/schema", application)


@pytest.fixture
def token(pat: User, tmp_path: Path) -> str:
    folder = Folder(tmp_path / "one")
    folder.write("a.yaml", component("orders"), component("stock"))
    folder.sync()
    _, text = create_token(user=pat, scopes=["admin"], by=pat)
    return text


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Requests run on the connection of the test, which must not be closed after each."""
    for when in (signals.request_started, signals.request_finished):
        when.disconnect(close_old_connections)
    yield
    for when in (signals.request_started, signals.request_finished):
        when.connect(close_old_connections)


#: That a cursor is ours, or that there is something at a URL, no schema can say: such requests may be refused, and a
#: host that is not there is a 502.
TOLERATED = [positive_data_acceptance, not_a_server_error]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
#: Says what is wrong with each row instead of refusing, while it is a dry run.
UPLOADS = "/api/v1/uploads"


@schema.parametrize()
@settings(
    max_examples=EXAMPLES or 12,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_nothing_breaks_and_everything_is_as_documented(case: schemathesis.Case, token: str) -> None:
    tolerated = [*TOLERATED, *([negative_data_rejection] if case.path == UPLOADS else [])]
    response = case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=tolerated)
    assert response.status_code != 500
