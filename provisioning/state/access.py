"""Who may reach a state: the run that holds the lease, for as long as its epoch is the current one."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from http import HTTPStatus

from django.conf import settings

from common.crypto import keyed_digest
from common.errors import CairnError, Conflict
from runs.models import Run
from runs.states import FINAL


class NotAuthentic(CairnError):
    """The credentials are missing or were not made by this portal for this state."""

    status = HTTPStatus.UNAUTHORIZED
    id = "state-credentials"

    def __init__(self, message: str) -> None:
        super().__init__(message, headers={"WWW-Authenticate": 'Basic realm="terraform state"'})


class Fenced(Conflict):
    """The run has been taken over or is over; its process is a zombie and may not write."""

    id = "state-fenced"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who asks: a run at an epoch, and whether it may write."""

    run_id: int
    epoch: int
    writes: bool


def credentials(workspace: str, run_id: int, epoch: int, *, writes: bool = True) -> dict[str, str]:
    """Terraform's ``TF_HTTP_*`` variables for a state, for the environment and never for a file or a command line.

    A run that only plans is given ``writes=False``.
    """
    address = f"{settings.INTERNAL_URL.rstrip('/')}/terraform/state/{workspace}"
    return {
        "TF_HTTP_ADDRESS": address,
        "TF_HTTP_UPDATE_METHOD": "POST",
        "TF_HTTP_LOCK_ADDRESS": f"{address}/lock",
        "TF_HTTP_LOCK_METHOD": "POST",
        "TF_HTTP_UNLOCK_ADDRESS": f"{address}/unlock",
        "TF_HTTP_UNLOCK_METHOD": "POST",
        # The portal or its database may restart meanwhile: about three minutes of trying again.
        "TF_HTTP_RETRY_MAX": "20",
        "TF_HTTP_RETRY_WAIT_MIN": "1",
        "TF_HTTP_RETRY_WAIT_MAX": "10",
        "TF_HTTP_USERNAME": str(run_id),
        "TF_HTTP_PASSWORD": _password(workspace, Holder(run_id, epoch, writes)),
    }


def identify(workspace: str, authorization: str) -> Holder:
    """Who an ``Authorization`` header is, whether or not its epoch still counts; raises NotAuthentic."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        username, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        epoch, right, _ = password.split(".")
        holder = Holder(int(username), int(epoch), right == "rw")
    except (ValueError, binascii.Error):
        raise NotAuthentic("This address is for Terraform, with the credentials of a run.") from None
    if scheme.lower() != "basic" or not hmac.compare_digest(password, _password(workspace, holder)):
        raise NotAuthentic("These are not the credentials of a run for this state.")
    return holder


def current_run(holder: Holder) -> Run:
    """The run of ``holder``, its row held until the transaction ends, so that nobody takes it over meanwhile.

    Raises Fenced when somebody already has.
    """
    run = Run.objects.select_for_update(no_key=True).filter(pk=holder.run_id).first()
    if run is None or run.epoch != holder.epoch or run.state in FINAL:
        raise Fenced("This run has been taken over or is over; its Terraform may not touch the state any more.")
    return run


def _password(workspace: str, holder: Holder) -> str:
    right = "rw" if holder.writes else "ro"
    digest = keyed_digest("terraform-state", f"{workspace}|{holder.run_id}|{holder.epoch}|{right}")
    return f"{holder.epoch}.{right}.{digest}"
