"""Our grammar of quantities beside the server's."""

# ruff: noqa: F401, F811  -- fixtures are imported by name

import pytest

from common.quantities import QuantityError, parse_quantity, same_quantity
from integrations.kubernetes.client import Client
from integrations.kubernetes.errors import KubernetesRefused
from tests.contract.kubernetes_objects import (
    client,
    cluster,
    emulated_cluster,
    fresh_name,
    home,
    quota,
    real_cluster,
    somebody,
)

QUANTITIES = [
    "0", "1", "10", "500m", "1500m", "1.5", ".5", "5.", "0.1", "0.0001", "1n", "1u", "1k", "1M", "20Gi", "1.5Gi",
    "1536Mi", "1024Ki", "1Ti", "1e3", "1E3", "1e-3", "1.5e3", "1E", "1P", "0.5Ki", "1000Ki", "123456", "1e18",
]  # fmt: skip
NOT_QUANTITIES = [
    "", "NaN", "Infinity", "1K", "1ki", "1i", "1_0", "0x10", "1e",
    "1 Gi", "1e3Mi", "١", "--1", "1.1.1", "1gb", True,
]  # fmt: skip


def test_what_we_take_for_a_quantity_the_server_takes_for_the_same(client: Client, home: str) -> None:
    for text in QUANTITIES:
        hard = client.apply(quota(home, limits_cpu=text), dry_run=True)["spec"]["hard"]
        assert same_quantity(hard["limits.cpu"], text), (text, hard)


def test_our_canonical_form_is_one_that_the_server_leaves_alone(client: Client, home: str) -> None:
    for text in QUANTITIES:
        canonical = str(parse_quantity(text))
        hard = client.apply(quota(home, limits_cpu=canonical), dry_run=True)["spec"]["hard"]
        assert hard["limits.cpu"] == canonical, text


def test_what_the_server_refuses_as_a_quantity_we_refuse(client: Client, home: str) -> None:
    for text in NOT_QUANTITIES:
        with pytest.raises(KubernetesRefused, match="quantit"):
            client.apply(quota(home, limits_cpu=text), dry_run=True)
        with pytest.raises(QuantityError):
            parse_quantity(text)
