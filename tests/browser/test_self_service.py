"""A database and a namespace from form to catalog, through a real worker, as the people who want and decide."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings as django_settings
from django.db import connection
from playwright.sync_api import Page, expect

from integrations.aws import emulator
from tests.browser.conftest import NARROW, WIDE
from tests.integration.terraform_support import needs_aws_provider, needs_terraform
from tests.kubernetes import Server, emulated_cluster  # noqa: F401

pytestmark = pytest.mark.worker
PATIENCE = 300_000


@pytest.fixture(scope="session")
def aws() -> Iterator[dict[str, str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(emulator.command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert emulator.wait_until_answering(emulator.environment(port)["AWS_ENDPOINT_URL"])
        yield emulator.environment(port)
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def worker(
    transactional_db: None,
    live_server: Any,
    aws: dict[str, str],
    emulated_cluster: Server,  # noqa: F811
    tmp_path: Any,
) -> Iterator[None]:
    """A Celery worker in a process of its own, on the database of the test."""
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(_kubeconfig(emulated_cluster.credentials.server)))
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environment = {
        **os.environ,
        **aws,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "CAIRN_DATA": str(django_settings.DATA_DIR),
        "CAIRN_INTERNAL_URL": live_server.url,
        "CAIRN_KUBECONFIG": str(kubeconfig),
    }
    command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "-Q", "control,runs", "--pool", "solo"]
    process = subprocess.Popen([*command, "--loglevel", "warning"], env=environment, cwd=django_settings.BASE_DIR)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _kubeconfig(server: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "clusters": [{"name": "test", "cluster": {"server": server}}],
        "users": [{"name": "test", "user": {}}],
    }


def state(page: Page, word: str) -> None:
    """Wait until the request says ``word``, without a hand on the page."""
    expect(page.locator("#wish .page-title .pill")).to_have_text(re.compile(word), timeout=PATIENCE)


def approve(page: Page, address: str) -> None:
    page.goto("/requests?for=me")
    page.goto(address)
    page.get_by_role("button", name="Approve this plan").click()
    expect(page.locator("main")).to_contain_text("approved")


@needs_terraform
@needs_aws_provider
def test_a_database_is_asked_for_approved_and_found_in_the_catalog(alice_page, pat_page, worker, complaints):
    complaints.expected.append("422")
    page = alice_page
    page.goto("/self-service")
    page.get_by_role("link", name="Database", exact=True).click()
    page.get_by_label("Name").fill("Orders DB")
    page.get_by_label("Production", exact=True).check()
    page.get_by_label("Storage").fill("30")
    page.get_by_role("button", name="See the plan").click()
    expect(page.get_by_role("alert")).to_contain_text("One answer needs a change")
    expect(page.get_by_label("Storage")).to_have_value("30")
    expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Name").fill("orders-db")
    page.get_by_role("button", name="See the plan").click()

    page.wait_for_url(re.compile(r"/requests/\d+$"))
    page.reload()
    state(page, "approval")
    expect(page.locator("main")).to_contain_text("aws_db_instance.this")
    expect(page.get_by_role("button", name="Approve this plan")).to_have_count(0)
    approve(pat_page, page.url)

    address = page.url
    page.get_by_role("link", name=re.compile("with its log")).click()
    log = page.get_by_role("log")
    expect(log).to_contain_text("aws_db_instance.this: Creating", timeout=PATIENCE)
    expect(page).to_have_title(re.compile("^▸ Create database orders-db"))
    page.reload()
    expect(log).to_contain_text("aws_db_instance.this: Creating")
    expect(log).to_contain_text("Apply complete", timeout=PATIENCE)
    expect(page).to_have_title(re.compile("^✓ "), timeout=PATIENCE)
    assert "fill" in (page.locator("link[rel=icon]").get_attribute("href") or "")

    page.goto(address)
    state(page, "Done|Ready|Fulfilled")
    page.get_by_role("link", name="orders-db").first.click()
    expect(page.locator("main")).to_contain_text("5432")
    page.get_by_role("button", name=re.compile("Reveal|Show")).click()
    page.goto("/catalog/default/resource/orders-db")
    expect(page.get_by_role("heading", level=1)).to_contain_text("orders-db")
    expect(page.locator("main")).to_contain_text("orders-team")


def test_a_namespace_is_asked_for_approved_and_found_in_the_catalog(alice_page, pat_page, worker):
    page = alice_page
    page.goto("/self-service/namespace/new")
    page.get_by_label("Name", exact=True).fill("orders-web")
    page.get_by_label("CPU limits").fill("20")
    page.get_by_role("button", name="See the plan").click()
    page.wait_for_url(re.compile(r"/requests/\d+$"))
    page.reload()
    state(page, "approval")
    expect(page.locator("main")).to_contain_text("spec.hard.limits.cpu")
    approve(pat_page, page.url)
    page.reload()
    state(page, "Done|Ready|Fulfilled")
    page.goto("/catalog/default/resource/orders-web-development")
    expect(page.get_by_role("heading", level=1)).to_contain_text("orders-web")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("look", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_of_self_service(open_as, alice, axe, overflow, look, size):
    page = open_as(alice, bypass_csp=True, viewport=size, color_scheme=look)
    paths = ["/self-service", "/self-service/database/new", "/self-service/namespace/new", "/requests", "/resources"]
    for path in paths:
        page.goto(path)
        assert axe(page) == [], path
        assert overflow(page) <= 0, path
