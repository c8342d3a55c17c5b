"""The state backend, request by request."""

import base64
import hashlib
import json
from typing import Any

import pytest
from django.test import Client

from audit.models import Event
from common.errors import PermissionRefused
from provisioning.state.access import credentials
from provisioning.state.actions import force_unlock
from provisioning.state.models import StateLock, StateVersion
from runs.models import Run

pytestmark = pytest.mark.django_db
URL = "/terraform/state/orders-db"


@pytest.fixture
def run(db: None) -> Run:
    return Run.objects.create(
        pipeline="p", title="t", state="running", step="apply", epoch=1, subject_kind="request", subject_id="1"
    )


def state(serial: int, lineage: str = "a", **more: Any) -> bytes:
    return json.dumps({"version": 4, "serial": serial, "lineage": lineage, **more}).encode()


class Backend:
    """Terraform's side of the protocol."""

    def __init__(self, run: Run, epoch: int = 1, *, writes: bool = True, workspace: str = "orders-db") -> None:
        names = credentials(workspace, run.pk, epoch, writes=writes)
        pair = f"{names['TF_HTTP_USERNAME']}:{names['TF_HTTP_PASSWORD']}".encode()
        self.client = Client(headers={"Authorization": f"Basic {base64.b64encode(pair).decode()}"})

    def lock(self, id: str = "L1") -> int:
        return self.client.post(f"{URL}/lock", json.dumps({"ID": id}), "application/json").status_code

    def unlock(self, id: str = "L1") -> int:
        body = json.dumps({"ID": id}) if id else ""
        return self.client.post(f"{URL}/unlock", body, "application/json").status_code

    def write(self, body: bytes, id: str = "L1", md5: str = "") -> int:
        headers = {"Content-MD5": md5} if md5 else {}
        return self.client.post(f"{URL}?ID={id}", body, "application/json", headers=headers).status_code

    def read(self) -> int:
        return self.client.get(URL).status_code


def test_strangers_and_other_states_credentials_get_401(run: Run) -> None:
    answer = Client().get(URL)
    assert (answer.status_code, answer["WWW-Authenticate"].split()[0]) == (401, "Basic")
    assert Backend(run, workspace="payments-db").read() == 401


def test_nothing_then_what_was_written(run: Run) -> None:
    backend = Backend(run)
    assert (backend.read(), backend.lock(), backend.write(state(1)), backend.unlock()) == (204, 200, 200, 200)
    assert backend.client.get(URL).content == state(1)


def test_writing_takes_the_lock(run: Run) -> None:
    backend = Backend(run)
    assert backend.write(state(1)) == 409
    backend.lock()
    assert backend.write(state(1), id="other") == 409


def test_a_held_lock_names_its_holder(run: Run) -> None:
    Backend(run).lock()
    answer = Backend(run).client.post(f"{URL}/lock", json.dumps({"ID": "L2"}), "application/json")
    assert (answer.status_code, answer.json()["ID"]) == (423, "L1")


def test_asking_again_for_one_s_own_lock_is_no_conflict(run: Run) -> None:
    assert [Backend(run).lock(), Backend(run).lock()] == [200, 200]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (state(2), 200),
        (state(1), 200),
        (state(1, outputs={"x": 1}), 409),
        (state(0), 409),
        (state(2, "b"), 409),
        (b"[]", 422),
        (b'{"version": 4, "serial": true, "lineage": "a"}', 422),
        (b"[" * 100_000, 422),
    ],
)
def test_histories_only_grow(run: Run, body: bytes, status: int) -> None:
    backend = Backend(run)
    backend.lock()
    backend.write(state(1))
    assert backend.write(body) == status


def test_a_state_damaged_on_its_way_is_refused(run: Run) -> None:
    backend = Backend(run)
    backend.lock()
    good = base64.b64encode(hashlib.md5(state(1)).digest()).decode()
    assert backend.write(state(2), md5=good) == 422
    assert backend.write(state(1), md5=good) == 200


def test_a_raised_epoch_shuts_every_door(run: Run) -> None:
    zombie = Backend(run)
    Run.objects.filter(pk=run.pk).update(epoch=2)
    assert [zombie.read(), zombie.write(state(1)), zombie.lock(), zombie.unlock()] == [409] * 4
    assert Backend(run, epoch=2).lock("L2") == 200


def test_who_holds_the_lock_ends_what_it_began_until_somebody_takes_it(run: Run) -> None:
    zombie = Backend(run)
    zombie.lock()
    Run.objects.filter(pk=run.pk).update(epoch=2)
    assert [zombie.read(), zombie.write(state(1))] == [204, 200]
    assert Backend(run, epoch=2).lock("L2") == 200
    assert [zombie.read(), zombie.write(state(2)), zombie.lock(), zombie.unlock()] == [409] * 4


def test_who_ended_what_it_began_may_begin_nothing_more(run: Run) -> None:
    zombie = Backend(run)
    zombie.lock()
    Run.objects.filter(pk=run.pk).update(epoch=2)
    assert zombie.unlock() == 200
    assert [zombie.read(), zombie.write(state(1)), zombie.lock()] == [409] * 3


def test_a_run_that_is_over_may_do_nothing(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state="failed")
    assert Backend(run).read() == 409


def test_a_plan_s_credentials_read_and_lock_but_never_write(run: Run) -> None:
    backend = Backend(run, writes=False)
    assert (backend.read(), backend.lock(), backend.write(state(1))) == (204, 200, 403)


def test_a_state_past_the_cap_is_refused(run: Run) -> None:
    backend = Backend(run)
    answer = backend.client.post(
        f"{URL}?ID=L1", b"{}", "application/json", headers={"Content-Length": str(26 * 1024 * 1024)}
    )
    assert answer.status_code == 413


def test_only_platform_admins_force_a_lock_and_it_is_on_record(run: Run, alice: Any, pat: Any) -> None:
    Backend(run).lock()
    with pytest.raises(PermissionRefused):
        force_unlock(workspace="orders-db", by=alice)
    force_unlock(workspace="orders-db", by=pat)
    assert not StateLock.objects.exists()
    assert Event.objects.filter(verb="state.unlocked", subject_id="orders-db").exists()


def test_old_versions_are_pruned(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioning.state.actions.KEPT_VERSIONS", 2)
    backend = Backend(run)
    backend.lock()
    for serial in (1, 2, 3):
        backend.write(state(serial))
    assert list(StateVersion.objects.order_by("serial").values_list("serial", flat=True)) == [2, 3]
