"""The real terraform against the portal's state backend."""

import concurrent.futures
import json

import pytest

from integrations.terraform.root_module import RootModule
from provisioning.state.models import StateLock, StateVersion
from provisioning.state.recovery import pick_up_errored_state, release_stale_lock
from runs.models import Run
from tests.integration.terraform_support import Workspace, a_run, needs_terraform

pytestmark = [pytest.mark.terraform, needs_terraform, pytest.mark.django_db(transaction=True)]

THING = 'variable "size" { type = number }\nresource "terraform_data" "this" { input = var.size }'
SLOW = 'resource "terraform_data" "this" {\n  provisioner "local-exec" { command = "sleep 1; touch done" }\n}'


@pytest.fixture
def workspace(tmp_path, live_server, settings) -> Workspace:  # type: ignore[no-untyped-def]
    settings.INTERNAL_URL = live_server.url
    return Workspace(tmp_path)


def thing(size: int) -> RootModule:
    return RootModule(name="thing", inputs={"size": size})


def test_states_are_versions_that_only_grow(workspace) -> None:  # type: ignore[no-untyped-def]
    for size in (1, 2):
        workspace.write(THING, thing(size))
        terraform = workspace.terraform(a_run())
        assert terraform.init().ok, workspace.log
        assert terraform.plan().has_changes, workspace.log
        assert terraform.apply().ok, workspace.log
    versions = StateVersion.objects.order_by("serial")
    assert len({version.lineage for version in versions}) == 1
    assert json.loads(versions.last().document)["resources"][0]["instances"][0]["attributes"]["input"]["value"] == 2
    assert not StateLock.objects.exists()


def test_states_are_unreadable_at_rest(workspace) -> None:  # type: ignore[no-untyped-def]
    workspace.write('resource "terraform_data" "this" { input = "a-very-plain-secret" }')
    terraform = workspace.terraform(a_run())
    terraform.init()
    terraform.plan()
    terraform.apply()
    version = StateVersion.objects.latest_of("orders-db")
    assert b"a-very-plain-secret" in version.document
    assert b"a-very-plain-secret" not in bytes(version.body)


def test_a_state_that_another_run_holds_says_so(workspace) -> None:  # type: ignore[no-untyped-def]
    other = a_run()
    StateLock.objects.create(workspace="orders-db", lock_id="theirs", info={"ID": "theirs"}, run=other, epoch=1)
    workspace.write(THING, thing(1))
    terraform = workspace.terraform(a_run(), lock_timeout=0)
    terraform.init()
    assert terraform.plan().failure.id == "state-locked"


def test_the_lock_of_a_run_that_was_taken_over_is_in_nobody_s_way(workspace) -> None:  # type: ignore[no-untyped-def]
    other = a_run(epoch=3)
    StateLock.objects.create(workspace="orders-db", lock_id="theirs", info={"ID": "theirs"}, run=other, epoch=2)
    workspace.write(THING, thing(1))
    terraform = workspace.terraform(a_run())
    terraform.init()
    assert terraform.plan().has_changes


def test_a_run_that_makes_a_plan_may_not_write(workspace) -> None:  # type: ignore[no-untyped-def]
    workspace.write(THING, thing(1))
    run = a_run()
    reader = workspace.terraform(run, writes=False)
    assert reader.init().ok
    assert reader.plan().has_changes
    assert not reader.apply().ok
    assert not StateVersion.objects.exists()


def test_a_zombie_cannot_write_and_what_it_did_is_picked_up(workspace) -> None:  # type: ignore[no-untyped-def]
    run = a_run()
    workspace.write(SLOW)
    zombie = workspace.terraform(run)
    zombie.init()
    zombie.plan()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        applying = pool.submit(zombie.apply)
        workspace.wait_for("apply_start")
        Run.objects.filter(pk=run.pk).update(epoch=2)
        assert release_stale_lock(workspace="orders-db", run_id=run.pk, below_epoch=2)
        result = applying.result()

    assert result.failure.id == "state-not-saved", workspace.log
    assert not StateVersion.objects.exists()
    run.refresh_from_db()
    assert pick_up_errored_state(workspace.work, workspace="orders-db", run=run, epoch=2)
    state = json.loads(StateVersion.objects.latest_of("orders-db").document)
    assert [resource["name"] for resource in state["resources"]] == ["this"]
    assert workspace.terraform(run).plan().verdict == "done"


def test_who_was_taken_over_ends_what_it_began_while_nobody_has_taken_its_lock(workspace) -> None:  # type: ignore[no-untyped-def]
    run = a_run()
    workspace.write(SLOW)
    terraform = workspace.terraform(run)
    terraform.init()
    terraform.plan()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        applying = pool.submit(terraform.apply)
        workspace.wait_for("apply_start")
        Run.objects.filter(pk=run.pk).update(epoch=2)
        assert applying.result().ok, workspace.log
    assert StateVersion.objects.latest_of("orders-db")
    assert not StateLock.objects.exists()
    assert terraform.plan().failure  # a new lock is no more for it


def test_a_zombie_s_update_is_picked_up_on_top_of_what_was_there(workspace) -> None:  # type: ignore[no-untyped-def]
    run = a_run()
    workspace.write(THING, thing(1))
    terraform = workspace.terraform(run)
    terraform.init()
    terraform.plan()
    terraform.apply()
    before = StateVersion.objects.latest_of("orders-db")
    workspace.write(SLOW.replace("this", "that"))
    terraform.plan()
    workspace.events.clear()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        applying = pool.submit(terraform.apply)
        workspace.wait_for("apply_start")
        Run.objects.filter(pk=run.pk).update(epoch=2)
        assert release_stale_lock(workspace="orders-db", run_id=run.pk, below_epoch=2)
        applying.result()

    run.refresh_from_db()
    assert pick_up_errored_state(workspace.work, workspace="orders-db", run=run, epoch=2)
    after = StateVersion.objects.latest_of("orders-db")
    assert after.lineage == before.lineage
    assert after.serial > before.serial


def test_of_two_that_want_the_lock_one_waits_for_the_other(workspace, tmp_path) -> None:  # type: ignore[no-untyped-def]
    other = Workspace(tmp_path / "other")
    applies = []
    for each in (workspace, other):
        each.write(SLOW)
        terraform = each.terraform(a_run())
        terraform.init()
        terraform.plan()
        applies.append(terraform.apply)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = [future.result() for future in [pool.submit(apply) for apply in applies]]
    assert sorted(result.verdict for result in results) == ["done", "failed"]
    assert next(result.failure.id for result in results if result.failure) == "plan-stale"
    assert not StateLock.objects.exists()


def test_force_unlock_works_on_the_run_s_own_lock_only(workspace) -> None:  # type: ignore[no-untyped-def]
    run, other = a_run(), a_run()
    workspace.write(THING, thing(1))
    workspace.terraform(run).init()
    lock = StateLock.objects.create(workspace="orders-db", lock_id="left", info={"ID": "left"}, run=other, epoch=1)
    assert workspace.command(run, "force-unlock", "-force", "left") != 0
    StateLock.objects.filter(pk=lock.pk).update(run=run)
    assert workspace.command(run, "force-unlock", "-force", "left") == 0
    assert not StateLock.objects.exists()
