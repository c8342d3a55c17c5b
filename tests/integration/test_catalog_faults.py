"""A sync that is cut off, doubled or fed with poison: the last good state stays, and the next sync heals."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, close_old_connections, connection, connections

from catalog.actions import sync_source
from catalog.ingest import apply as applying
from catalog.models import Entity, IndexRow, Problem, RelationRow, Source
from tests.integration.test_catalog_sync import Folder, component, refs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "one")
    made.write("a.yaml", component("a", extra="  dependsOn: [component:b]\n"), component("b"))
    made.sync()
    return made


def state() -> tuple[Any, ...]:
    """Everything that a sync writes."""
    return (
        sorted(Entity.objects.values_list("ref", "document", "deleted_at")),
        sorted(RelationRow.objects.values_list("source_ref", "type", "target_ref")),
        IndexRow.objects.count(),
        list(Source.objects.values_list("state", "fingerprint")),
    )


def test_a_connection_that_is_cut_in_the_middle_leaves_the_last_good_state(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state()
    folder.write("a.yaml", component("a", owner="others"), component("c"))
    real = applying._write_index

    def cut(written: Any, tally: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            ((pid,),) = cursor.fetchall()
        _terminate(pid)
        real(written, tally)

    monkeypatch.setattr(applying, "_write_index", cut)
    with pytest.raises(DatabaseError):
        folder.sync(allow_removal=True)
    monkeypatch.undo()
    connection.close()
    assert state() == before
    folder.source.refresh_from_db()
    folder.sync(allow_removal=True)
    assert refs() == {"component:default/a", "component:default/c"}


def _terminate(pid: int) -> None:
    """From another connection, as an administrator or a failover would."""

    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    time.sleep(0.1)


SYNC = """
import django, sys, time
django.setup()
from catalog.actions import sync_source
from catalog.ingest import apply as applying
from catalog.models import Source
real = applying._write_index
def slow(written, tally):
    real(written, tally)
    print("in the middle", flush=True)
    time.sleep(60)
applying._write_index = slow
sync_source(source=Source.objects.get(pk=int(sys.argv[1])), by=None, allow_removal=True)
"""


def test_a_worker_that_is_killed_in_the_middle_leaves_the_last_good_state(folder: Folder) -> None:
    before = state()
    folder.write("a.yaml", component("a", owner="others"), component("c"))
    environment = {**os.environ, "DATABASE_URL": _url(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    worker = subprocess.Popen(
        [sys.executable, "-c", SYNC, str(folder.source.pk)], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert worker.stdout is not None
        assert any("in the middle" in line for line in worker.stdout)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert state() == before
    folder.sync(allow_removal=True)
    assert refs() == {"component:default/a", "component:default/c"}


def _url() -> str:
    settings = connection.settings_dict
    return f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}"


def test_two_workers_and_two_sources_that_touch_the_same_entities_neither_lose_nor_block(tmp_path: Path) -> None:
    folders = [Folder(tmp_path / name) for name in ("one", "two")]
    errors: list[BaseException] = []
    for folder, mine, theirs in zip(folders, "ab", "ba", strict=True):
        folder.write(
            "x.yaml", *(component(f"{mine}{n}", extra=f"  dependsOn: [component:{theirs}{n}]\n") for n in range(30))
        )

    def work(folder: Folder) -> None:
        try:
            for owner in ("x", "y", "z"):
                _rewrite(folder.path / "x.yaml", owner)
                sync_source(source=Source.objects.get(pk=folder.source.pk), by=None)
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(folder,)) for folder in (*folders, *folders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    close_old_connections()
    assert errors == []
    for folder in folders:
        folder.source.refresh_from_db()
        folder.sync()
    assert len(refs()) == 60
    for entity in Entity.objects.all():
        found = {(one["type"], one["targetRef"]) for one in entity.data["relations"]}
        other = entity.ref.replace("/a", "/_").replace("/b", "/a").replace("/_", "/b")
        assert {("dependsOn", other), ("dependencyOf", other)} <= found


def _rewrite(file: Path, owner: str) -> None:
    """At one stroke, as editors and Git do."""
    new = file.with_name(f"{threading.get_ident()}.tmp")
    new.write_text(file.read_text().replace("owner: ", f"owner: {owner}"))
    new.replace(file)


@pytest.mark.parametrize(
    "poison",
    [
        'metadata: {name: poison, description: "a\\0b"}',
        'metadata: {name: poison, description: "\\ud800"}',
        "metadata: {name: poison, description: " + "x" * 2_000_000 + "}",
        "metadata: {name: poison}\nextra: 1",
        "metadata: {name: poison, labels: {a: 1}}",
        "metadata: {name: poison, annotations: {" + ", ".join(f"a{n}: b" for n in range(5000)) + "}}",
    ],
)
def test_one_poisonous_entity_holds_nothing_else_back(folder: Folder, poison: str) -> None:
    text = f"apiVersion: backstage.io/v1alpha1\nkind: System\n{poison}\nspec: {{owner: x, size: {10**30}}}\n"
    folder.write("b.yaml", text, component("c"))
    folder.sync()
    assert {"component:default/a", "component:default/b", "component:default/c"} <= refs()
    assert ("system:default/poison" in refs()) != Problem.objects.filter(file__endswith="b.yaml").exists()


def test_a_file_that_flips_between_valid_and_broken_always_shows_its_last_good_words(folder: Folder) -> None:
    for owner in ("x", "y", "z"):
        folder.write("a.yaml", component("a", owner=owner), component("b"))
        folder.sync()
        assert not Problem.objects.exists()
        folder.write("a.yaml", "]: [")
        folder.sync()
        assert Problem.objects.count() == 1
        assert Entity.objects.present().get(name="a").owner_ref == f"group:default/{owner}"
