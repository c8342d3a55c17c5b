"""Syncs by real workers, one of which is killed in the middle."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog.models import Entity, Source
from catalog.refresh_actions import request_sync
from integrations.git.cache import folder_of, locked
from runs.models import Heartbeat
from tests.integration.test_catalog_git import Remote, component
from tests.integration.workers import Start, empty_queues, kill, until

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def source(tmp_path: Path, settings: Any) -> Source:
    settings.RUN_SWEEP_SECONDS = 1
    empty_queues()
    remote = Remote(tmp_path / "shop")
    remote.commit(**{"catalog-info_yaml": component("orders")})
    return remote.source()


@pytest.fixture
def busy(source: Source) -> Iterator[ExitStack]:
    """Another process has the copy of the repository, until the stack is closed: reading does not end."""
    with ExitStack() as stack:
        folder = folder_of(Path(django_settings.DATA_DIR) / "git", source.target)
        stack.enter_context(locked(folder, seconds=5))
        yield stack


def is_read_now(source: Source) -> bool:
    source.refresh_from_db()
    return source.is_read_now


def test_a_worker_that_is_killed_while_it_reads_is_noticed_and_another_ends_the_sync(
    source: Source, busy: ExitStack, start: Start, alice: User, client_for: Callable[[User], Client]
) -> None:
    browser, address = client_for(alice), f"/catalog/sources/{source.pk}"
    browser.post(f"{address}/sync")
    worker = start()
    until(lambda: is_read_now(source))
    assert "Reading now" in browser.get(address).content.decode()
    browser.post(f"{address}/sync")
    kill(worker)
    until(lambda: not is_read_now(source))
    assert "The worker that read it is gone" in browser.get(address).content.decode()
    start()
    busy.close()
    browser.post(f"{address}/sync")
    until(lambda: Entity.objects.exists() and not is_read_now(source))
    source.refresh_from_db()
    assert (source.state, source.is_pending, source.counts["added"]) == ("ok", False, 1)


def test_a_worker_that_lives_keeps_its_source_beyond_a_lease(source: Source, busy: ExitStack, start: Start) -> None:
    request_sync(source=source, by=None)
    start()
    until(lambda: is_read_now(source))
    first, soon = source.reading_until, timezone.now()
    assert first is not None
    until(lambda: (timezone.now() - soon).total_seconds() > 3)
    assert is_read_now(source)
    busy.close()
    until(lambda: not is_read_now(source))
    assert Entity.objects.count() == 1


def test_a_script_waits_for_the_end_of_what_a_worker_reads(
    source: Source, start: Start, alice: User, api_for: Callable[..., Any]
) -> None:
    api, answers = api_for(alice), []

    def ask() -> None:
        answers.append(api.post(f"/api/v1/sources/{source.pk}/sync?wait=30", {}, format="json"))
        connection.close()

    start()
    until(Heartbeat.objects.workers_live)
    waiting = threading.Thread(target=ask)
    waiting.start()
    until(lambda: bool(answers))
    waiting.join()
    assert answers[0].status_code == 200
    assert answers[0].json()["changes"]["added"] == ["component:default/orders"]
