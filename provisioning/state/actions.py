"""Writing states and holding locks. Every write is fenced: the run's row is held while its epoch is looked at."""

import uuid
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.permissions import may_administer, require
from audit.record import record
from common.errors import Conflict, NotFound, PermissionRefused, UserError
from common.locks import hold
from provisioning.state.access import Holder, current_run
from provisioning.state.document import StateHead, read_state, with_a_lineage
from provisioning.state.models import StateLock, StateVersion
from runs.models import Run
from runs.states import FINAL

#: Versions kept of each state.
KEPT_VERSIONS = 50


@transaction.atomic
def read_current(*, workspace: str, holder: Holder) -> bytes | None:
    """The state that counts; None when there never was one."""
    _run_of(workspace, holder)
    version = StateVersion.objects.latest_of(workspace)
    return version.document if version else None


@transaction.atomic
def write_state(*, workspace: str, holder: Holder, lock_id: str, body: bytes, content_md5: str = "") -> None:
    """Add a version.

    Conflict unless the writer holds the lock, the lineage is the same and the serial is new. The same document again
    is accepted, because Terraform's HTTP client repeats a request that got no answer.
    """
    head = read_state(body, content_md5)
    if not holder.writes:
        raise PermissionRefused("A run that makes a plan may not write the state.", id="state-read-only")
    run = _run_of(workspace, holder)
    hold(f"terraform-state:{workspace}")
    lock = StateLock.objects.filter(workspace=workspace).first()
    if lock is None or not lock.is_held_by(run, lock_id) or lock.epoch != holder.epoch:
        raise Conflict("The state can be written only by who holds its lock.", id="state-not-locked")
    _add_version(workspace, head, body, run, holder.epoch)


@transaction.atomic
def take_lock(*, workspace: str, holder: Holder, info: dict[str, Any]) -> dict[str, Any] | None:
    """Take the lock. None when it is taken now, else the LockInfo of whoever has it.

    A lock whose holder can write no more does not count.
    """
    run = current_run(holder)
    hold(f"terraform-state:{workspace}")
    lock = StateLock.objects.filter(workspace=workspace).first()
    if lock and not lock.is_stale():
        return None if lock.is_held_by(run, info["ID"]) else lock.public_info()
    StateLock.objects.update_or_create(
        workspace=workspace,
        defaults={"lock_id": info["ID"], "info": info, "run": run, "epoch": holder.epoch},
    )
    return None


@transaction.atomic
def release_lock(*, workspace: str, holder: Holder, lock_id: str | None) -> None:
    """Give the lock back. ``lock_id`` None is ``terraform force-unlock``, which names none: a run may force its own."""
    run = _run_of(workspace, holder)
    hold(f"terraform-state:{workspace}")
    lock = StateLock.objects.filter(workspace=workspace).first()
    if lock is None:
        return
    if lock.run_id != run.pk or lock_id not in {None, lock.lock_id}:
        raise Conflict(
            f"The lock belongs to run {lock.run_id}.",
            id="state-locked",
            hint="A platform admin can release it in the portal.",
        )
    lock.delete()


@transaction.atomic
def force_unlock(*, workspace: str, by: User) -> None:
    """Release the lock whoever holds it; for platform admins, and on record."""
    require(may_administer(by))
    hold(f"terraform-state:{workspace}")
    lock = StateLock.objects.filter(workspace=workspace).first()
    if lock is None:
        raise NotFound("This state is not locked.")
    record(
        "state.unlocked",
        by=by,
        subject_kind="terraform-state",
        subject_id=workspace,
        data={"run": lock.run_id, "epoch": lock.epoch, "operation": lock.info.get("Operation", "")},
    )
    lock.delete()


@transaction.atomic
def release_stale_lock(*, workspace: str, run_id: int, below_epoch: int) -> bool:
    """Release the lock that run ``run_id`` took before ``below_epoch``, or that any run at its end left behind.

    Call it when the process that took it is known to be gone. Answers whether there was one.
    """
    hold(f"terraform-state:{workspace}")
    lock = StateLock.objects.filter(workspace=workspace).first()
    if lock is None or not (lock.is_stale() or (lock.run_id == run_id and lock.epoch < below_epoch)):
        return False
    lock.delete()
    return True


@transaction.atomic
def adopt_state(*, workspace: str, run: Run, epoch: int, body: bytes) -> bool:
    """Store a state that Terraform could not send. False when it is older than, or a stranger to, what is stored."""
    current_run(Holder(run.pk, epoch, writes=True))
    hold(f"terraform-state:{workspace}")
    if not StateVersion.objects.latest_of(workspace):
        body = with_a_lineage(body, str(uuid.uuid4()))
    try:
        return _add_version(workspace, read_state(body), body, run, epoch)
    except (Conflict, UserError):
        return False


def _run_of(workspace: str, holder: Holder) -> Run:
    """The run of ``holder``: at its current epoch, or at an older one from which nobody has taken the lock yet.

    So a Terraform that outlived its worker brings to its end what it began. Fenced otherwise.
    """
    run = Run.objects.select_for_update(no_key=True).filter(pk=holder.run_id).exclude(state__in=FINAL).first()
    own = StateLock.objects.filter(workspace=workspace, run_id=holder.run_id, epoch=holder.epoch)
    return run if run and own.exists() else current_run(holder)


def _add_version(workspace: str, head: StateHead, body: bytes, run: Run, epoch: int) -> bool:
    latest = StateVersion.objects.latest_of(workspace)
    if latest and latest.lineage != head.lineage:
        raise Conflict("This is the state of something else: its lineage differs.", id="state-lineage")
    if latest and latest.serial == head.serial and latest.md5 == head.md5:
        return False
    if latest and latest.serial >= head.serial:
        raise Conflict(f"A state with serial {latest.serial} is stored already.", id="state-serial")
    StateVersion.objects.create(
        workspace=workspace,
        lineage=head.lineage,
        serial=head.serial,
        md5=head.md5,
        size=len(body),
        body=StateVersion.seal(body),
        run=run,
        epoch=epoch,
    )
    old = StateVersion.objects.filter(workspace=workspace).order_by("-serial")[KEPT_VERSIONS:]
    StateVersion.objects.filter(pk__in=[version.pk for version in old.only("pk")]).delete()
    return True
