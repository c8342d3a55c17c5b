"""What Terraform is given of a cloud account: region, keys of the phase, and the role that it takes on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.utils import timezone

from integrations.aws.credentials import Keys, from_command, from_environment, from_file
from integrations.terraform.environment import SEARCH_PATH
from provisioning.models import CloudAccount

Phase = Literal["plan", "apply"]


@dataclass(frozen=True, slots=True)
class Access:
    """``environment`` are the ``AWS_*`` variables of one phase; ``role`` is assumed with them, if it is not empty."""

    environment: Mapping[str, str] = field(repr=False)
    role: str = ""


def access_to(account: CloudAccount | None, phase: Phase) -> Access:
    """How ``phase`` reaches ``account``. Keys are fetched anew each time and kept nowhere.

    Raises ProviderError ``cloud-credentials`` where they cannot be had.
    """
    if account is None or account.configured:
        return Access(settings.AWS_ENVIRONMENT)
    own = phase == "plan" and bool(account.plan_credentials)
    keys = keys_of(account, account.plan_credentials if own else account.credentials, phase)
    place = {"AWS_REGION": account.where, **({"AWS_ENDPOINT_URL": account.endpoint} if account.endpoint else {})}
    role = account.plan_role_arn or ("" if own else account.role_arn) if phase == "plan" else account.role_arn
    return Access({**place, **keys.environment()}, role)


def keys_of(account: CloudAccount, credentials: Mapping[str, Any], phase: Phase) -> Keys:
    """The keys that ``credentials`` leads to now."""
    if credentials["kind"] == "environment":
        return from_environment(credentials["prefix"], settings.CLOUD_CREDENTIALS)
    if credentials["kind"] == "file":
        return from_file(Path(credentials["path"]), credentials["profile"])
    told = {"CAIRN_CLOUD_ACCOUNT": account.name, "CAIRN_PHASE": phase, "AWS_REGION": account.where}
    return from_command(
        credentials["command"],
        allowed=settings.CREDENTIAL_COMMANDS,
        environment={"PATH": SEARCH_PATH, "LANG": "C.UTF-8", **told},
        now=timezone.now(),
    )
