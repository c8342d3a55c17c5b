"""Ten people who want the last one at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.models import User
from common.errors import CairnError
from provisioning.asking import Asked
from provisioning.blueprints import blueprint_named
from provisioning.models import Budget, Request
from provisioning.submitting import submit
from tests.api.test_requests import INPUTS, TEAM


@pytest.mark.django_db(transaction=True)
def test_of_ten_requests_at_once_for_the_last_one_exactly_one_goes(alice: User) -> None:
    Budget.objects.create(owner_ref=TEAM, measure="count", blueprint="", limit=1)
    start = Barrier(10)

    def ask(number: int) -> str:
        asked = Asked(blueprint_named("database"), "create", f"orders-{number}", TEAM, "development", INPUTS)
        start.wait()
        try:
            submit(asked=asked, by=alice)
        except CairnError as error:
            return error.id
        finally:
            connection.close()
        return "made"

    with ThreadPoolExecutor(10) as pool:
        outcomes = sorted(pool.map(ask, range(10)))
    assert outcomes == ["made", *["over-budget"] * 9]
    assert Request.objects.count() == 1
