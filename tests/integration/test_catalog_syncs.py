"""Repositories and organisations are read by a worker: what becomes of a sync that somebody waits for."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import Event
from catalog import refresh_actions
from catalog.api import locations
from catalog.claims import AGAIN, claim_due_source, claim_source, release
from catalog.config import current
from catalog.models import Entity, Source
from catalog.refresh_actions import read_claimed, request_sync
from catalog.tasks import refresh_source, sync_due_sources
from common import long_poll
from runs.models import Heartbeat, OutboxMessage
from tests.integration.test_catalog_git import Remote, component

pytestmark = pytest.mark.django_db
ClientFor = Callable[[User], Client]
ApiFor = Callable[..., APIClient]


@pytest.fixture(autouse=True)
def _workers_live(db: None, settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path / "data"
    current.cache_clear()
    Heartbeat.objects.create(name="sweep")
    OutboxMessage.objects.all().delete()
    yield
    current.cache_clear()


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    made = Remote(tmp_path / "shop")
    made.commit(**{"catalog-info_yaml": component("orders")})
    return made


@pytest.fixture
def source(remote: Remote) -> Source:
    return remote.source()


def work() -> None:
    """What a worker does with the messages that have come."""
    OutboxMessage.objects.update(sent_at=timezone.now())
    for message in OutboxMessage.objects.all():
        message.delete()
        refresh_source(*message.args)


def arrive() -> None:
    """The broker has the messages."""
    OutboxMessage.objects.update(sent_at=timezone.now())


def address(source: Source) -> str:
    return f"/catalog/sources/{source.pk}"


def poll(browser: Client, source: Source) -> Any:
    return browser.get(address(source), headers={"HX-Request": "true"})


def begun(source: Source) -> Source:
    """The source, taken by a worker that reads it."""
    request_sync(source=source, by=None)
    taken = claim_source(source.pk)
    assert taken is not None
    return taken


def again(source: Source) -> Source:
    source.refresh_from_db()
    return source


def test_a_sync_on_the_page_is_done_by_a_worker_and_the_page_follows_it(
    source: Source, alice: User, client_for: ClientFor
) -> None:
    browser = client_for(alice)
    answer = browser.post(f"{address(source)}/sync")
    assert answer.status_code == 302
    assert not Entity.objects.exists()
    arrive()
    whole = browser.get(address(source)).content.decode()
    assert "Waits for a worker" in whole
    assert "Sync now" not in whole
    part = poll(browser, source)
    assert "Waits for a worker" in part.content.decode()
    assert "<h1" not in part.content.decode()
    work()
    ended = poll(browser, source)
    assert ended["HX-Retarget"] == ended["HX-Reselect"] == "#source"
    assert "1 added, 0 changed, 0 removed" in ended.content.decode()
    assert "HX-Retarget" not in browser.get(address(source))
    assert "hx-trigger" not in browser.get(address(source)).content.decode()
    assert Event.objects.get(verb="source.synced").actor == alice.entity_ref


def test_what_is_read_now_says_so_on_the_page_and_in_the_list(
    source: Source, alice: User, client_for: ClientFor
) -> None:
    begun(source)
    browser = client_for(alice)
    assert "Reading now, for" in browser.get(address(source)).content.decode()
    assert "Reading now" in browser.get("/catalog/sources").content.decode()


def test_a_source_that_fails_ends_with_its_error(source: Source, alice: User, client_for: ClientFor) -> None:
    Source.objects.update(options={"ref": "nowhere"})
    browser = client_for(alice)
    browser.post(f"{address(source)}/sync")
    work()
    ended = poll(browser, source).content.decode()
    assert "has no branch, tag or commit nowhere" in ended
    assert "<b>Read.</b>" not in ended


def test_a_script_is_told_that_a_worker_reads_it_and_what_that_changed(
    source: Source, alice: User, api_for: ApiFor
) -> None:
    api = api_for(alice)
    answer = api.post(f"/api/v1/sources/{source.pk}/sync", {}, format="json")
    assert answer.status_code == 202
    assert answer.json()["sync"]["stage"] in {"waiting", "unheard"}
    work()
    found = api.get(f"/api/v1/sources/{source.pk}?wait=5").json()
    assert (found["sync"], found["state"], found["counts"]["added"]) == (None, "ok", 1)


def test_a_script_that_waits_is_told_the_end(
    source: Source, alice: User, api_for: ApiFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.long_poll.time.sleep", lambda _: work())
    answer = api_for(alice).post(f"/api/v1/sources/{source.pk}/sync?wait=10", {}, format="json")
    assert answer.status_code == 200
    assert answer.json()["changes"] == {"added": ["component:default/orders"], "changed": [], "removed": []}


def test_a_wait_that_is_no_number_asks_for_nothing(source: Source, alice: User, api_for: ApiFor) -> None:
    answer = api_for(alice).post(f"/api/v1/sources/{source.pk}/sync?wait=soon", {}, format="json")
    assert answer.status_code == 422
    assert not again(source).is_pending


def test_a_wait_that_is_no_number_registers_nothing(pat: User, api_for: ApiFor) -> None:
    body = {"target": "https://example.com/catalog-info.yaml"}
    assert api_for(pat).post("/api/v1/sources?wait=soon", body, format="json").status_code == 422
    assert not Source.objects.exists()


def test_backstage_s_refresh_waits_for_a_worker_to_read_a_repository(
    source: Source, remote: Remote, alice: User, api_for: ApiFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_claimed(begun(source))
    body = {"entityRef": "component:default/orders"}
    monkeypatch.setattr(locations, "PATIENCE", 0.01)
    remote.commit(**{"catalog-info_yaml": component("orders", "  title: Orders\n")})
    assert api_for(alice).post("/api/catalog/refresh", body, format="json").status_code == 200
    assert Entity.objects.get().title == ""
    monkeypatch.setattr(locations, "PATIENCE", 10)
    monkeypatch.setattr(long_poll.time, "sleep", lambda seconds: work())  # the worker reads it while somebody waits
    assert api_for(alice).post("/api/catalog/refresh", body, format="json").status_code == 200
    assert Entity.objects.get().title == "Orders"


def test_a_sync_that_is_under_way_is_joined(source: Source, alice: User, client_for: ClientFor) -> None:
    taken = begun(source)
    OutboxMessage.objects.all().delete()
    client_for(alice).post(f"{address(source)}/sync")
    assert not OutboxMessage.objects.exists()
    assert claim_source(source.pk) is None
    assert claim_due_source() is None
    read_claimed(taken)
    assert not again(source).is_pending
    assert not OutboxMessage.objects.exists()


def test_a_message_that_comes_twice_reads_once(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    monkeypatch.setattr(refresh_actions, "sync_source", lambda source, **_: read.append(source.pk))
    request_sync(source=source, by=None)
    request_sync(source=source, by=None)
    work()
    assert read == [source.pk]


def test_what_may_be_removed_is_said_to_the_sync_that_follows_the_one_under_way(source: Source, alice: User) -> None:
    taken = begun(source)
    request_sync(source=source, by=alice, allow_removal=True)
    read_claimed(taken)
    following = claim_source(source.pk)
    assert following is not None
    assert (following.asked_removal, following.asked_by) == (True, alice)
    request_sync(source=source, by=None)
    read_claimed(following)
    assert not again(source).is_pending
    assert not again(source).asked_removal


def test_a_push_during_a_sync_has_it_read_again(source: Source) -> None:
    taken = begun(source)
    request_sync(source=source, by=None, anew=True)
    read_claimed(taken)
    assert again(source).asked_at is not None
    assert claim_due_source() is not None


def test_a_lost_message_is_made_good_by_the_periodic_sync(source: Source, alice: User) -> None:
    Source.objects.update(next_sync_at=timezone.now() + timedelta(hours=1))
    request_sync(source=source, by=alice)
    OutboxMessage.objects.all().delete()
    sync_due_sources()
    assert Entity.objects.count() == 1
    assert not again(source).is_pending


def test_a_worker_that_is_lost_is_noticed_and_another_does_its_work(
    source: Source, alice: User, client_for: ClientFor
) -> None:
    request_sync(source=source, by=alice, allow_removal=True)
    arrive()
    assert claim_source(source.pk) is not None
    Source.objects.update(reading_until=timezone.now() - timedelta(seconds=1))
    html = client_for(alice).get(address(source)).content.decode()
    assert "The worker that read it is gone" in html
    assert "Begin again now" in html
    assert claim_due_source() is None
    Source.objects.update(next_sync_at=timezone.now())
    taken = claim_due_source()
    assert taken is not None
    assert (taken.asked_by, taken.asked_removal) == (alice, True)
    read_claimed(taken)
    assert not again(source).is_pending
    assert Entity.objects.count() == 1


def test_a_source_that_kills_its_workers_leaves_them_time_for_others(source: Source) -> None:
    begun(source)
    left = again(source).next_sync_at
    assert left is not None
    assert timezone.now() + AGAIN - timedelta(seconds=5) < left


def test_a_worker_that_comes_back_late_gives_nothing_back_that_another_has(source: Source) -> None:
    late = begun(source)
    Source.objects.update(reading_until=timezone.now() - timedelta(seconds=1))
    other = claim_source(source.pk)
    assert other is not None
    release(late)
    assert again(source).is_read_now


def test_a_failure_that_nobody_foresaw_is_said_and_ends_the_sync(
    source: Source, alice: User, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(refresh_actions, "sync_source", fail)
    request_sync(source=source, by=alice)
    work()
    assert not again(source).is_pending
    assert "in a way nobody foresaw" in client_for(alice).get(address(source)).content.decode()


def test_a_source_that_is_forgotten_while_it_is_read_does_no_harm(source: Source) -> None:
    taken = begun(source)
    Source.objects.all().delete()
    assert read_claimed(taken) is None
    assert not Entity.objects.exists()


@pytest.mark.parametrize("what", ["workers", "broker"])
def test_the_page_says_when_no_worker_can_be_reached(
    what: str, source: Source, alice: User, client_for: ClientFor
) -> None:
    request_sync(source=source, by=alice)
    if what == "workers":
        arrive()
        Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=5))
    else:
        OutboxMessage.objects.update(sent_at=None)
    html = client_for(alice).get(address(source)).content.decode()
    assert "No worker can be reached" in html
    assert "Nothing is lost" in html


def test_a_folder_is_read_at_once(tmp_path: Path, alice: User, api_for: ApiFor) -> None:
    (tmp_path / "a.yaml").write_text(component("stock"))
    made = Source.objects.create(kind="folder", target=str(tmp_path))
    answer = api_for(alice).post(f"/api/v1/sources/{made.pk}/sync", {}, format="json")
    assert (answer.status_code, answer.json()["changes"]["added"]) == (200, ["component:default/stock"])
