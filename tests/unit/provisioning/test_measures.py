"""What a request takes of a budget, and how that is said."""

from decimal import Decimal
from typing import Any

import pytest

from provisioning.blueprints import blueprint_named
from provisioning.measures import amount_of, in_words
from provisioning.policy import facts_of


def facts(environment: str = "development", **inputs: Any) -> dict[str, Any]:
    return facts_of(action="create", name="a", owner="group:default/team", environment=environment, inputs=inputs)


DATABASE = {"instance_class": "db.t3.micro", "allocated_storage": 20}
QUOTA = {"quota": {"limits.cpu": "1500m", "limits.memory": "2Gi"}}


@pytest.mark.parametrize(
    ("measure", "blueprint", "asked", "amount"),
    [
        ("count", "database", facts(**DATABASE), "1"),
        ("money", "database", facts(**DATABASE), "16.9"),
        ("money", "database", facts("production", **DATABASE), "33.8"),
        ("money", "namespace", facts(**QUOTA), "0"),
        ("inputs.allocated_storage", "database", facts(**DATABASE), "20"),
        ("inputs.quota.limits.cpu", "namespace", facts(**QUOTA), "1.5"),
        ("inputs.quota.limits.memory", "namespace", facts(**QUOTA), str(2 * 1024**3)),
        ("inputs.quota.requests.cpu", "namespace", facts(**QUOTA), "0"),
        ("inputs.allocated_storage", "database", facts(allocated_storage="nonsense"), "0"),
        ("inputs.allocated_storage", "database", facts(allocated_storage=True), "0"),
        ("inputs.allocated_storage.more", "database", facts(**DATABASE), "0"),
    ],
)
def test_an_amount_is_a_count_a_price_or_an_input(measure: str, blueprint: str, asked: Any, amount: str) -> None:
    assert amount_of(measure, blueprint_named(blueprint), asked) == Decimal(amount)


@pytest.mark.parametrize(
    ("measure", "blueprint", "amount", "words"),
    [
        ("money", "database", "120", "EUR 120.00 a month"),
        ("count", "database", "1", "1 database"),
        ("count", "database", "3", "3 databases"),
        ("count", None, "3", "3 resources"),
        ("inputs.allocated_storage", "database", "100", "100 GiB of storage"),
        ("inputs.quota.limits.cpu", "namespace", "1.5", "1500m of CPU limits"),
        ("inputs.quota.limits.memory", "namespace", str(2 * 1024**3), "2Gi of memory limits"),
    ],
)
def test_an_amount_is_said_as_people_say_it(measure: str, blueprint: str | None, amount: str, words: str) -> None:
    found = blueprint_named(blueprint) if blueprint else None
    assert in_words(measure, Decimal(amount), found, "EUR") == words
