"""Adding, changing, testing and removing cloud accounts. For platform admins; every change is in the trail."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import may_administer, require
from audit.record import record
from common.errors import CairnError, Conflict, FieldError, UserError
from common.http import reachable_address
from provisioning.cloud_credentials import keys_of
from provisioning.models import CloudAccount
from provisioning.models.cloud_account import CredentialSource
from provisioning.place_checks import environment_mistakes, name_mistakes, require_unused

#: What each kind of credentials needs.
PARTS = {"environment": ("prefix",), "file": ("path", "profile"), "command": ("command",)}
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]", re.ASCII)
_PREFIX = re.compile(r"[A-Z][A-Z0-9_]{0,40}_", re.ASCII)
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,200}", re.ASCII)
_PROFILE = re.compile(r"[\w.@:/+-]{1,100}", re.ASCII)


@transaction.atomic
def put_account(*, given: Mapping[str, Any], by: User, account: CloudAccount | None = None) -> CloudAccount:
    """Add an account, or change ``account``.

    ``given`` has ``name``, ``region``, ``environments``, ``credentials``, ``plan_credentials``, ``role_arn``,
    ``plan_role_arn`` and ``endpoint``. UserError names the fields that are wrong, Conflict a name that is taken.
    """
    require(may_administer(by))
    row = account or CloudAccount()
    if wrong := list(_mistakes(given, row)):
        raise UserError("The account cannot be used.", id="cloud-account-invalid", fields=wrong)
    if not row.configured:
        _take(row, given)
    row.environments, row.changed_at = sorted(set(given["environments"])), timezone.now()
    added = row.pk is None
    row.save()
    _record("cloud-account.added" if added else "cloud-account.changed", row, by)
    return row


@transaction.atomic
def remove_account(*, account: CloudAccount, by: User) -> None:
    """Forget an account; Conflict while something of the portal stands in it. Nothing in it is touched."""
    require(may_administer(by))
    row = CloudAccount.objects.select_for_update().get(pk=account.pk)
    require_unused(row, "cloud account")
    row.resources.update(cloud_account=None)
    _record("cloud-account.removed", row, by)
    row.delete()


def keys_found(account: CloudAccount) -> dict[str, Any]:
    """Which keys each phase would get now, by the end of their names, or why it would get none."""
    if account.configured:
        return {"apply": {"key": "as configured"}, "plan": {"key": "as configured"}}
    sources = {"apply": account.credentials, "plan": account.plan_credentials or account.credentials}
    return {phase: _tried(account, credentials, phase) for phase, credentials in sources.items()}


def check_account(*, account: CloudAccount, by: User) -> CloudAccount:
    """Fetch the keys of both phases, keep on the row which they are, and forget them."""
    require(may_administer(by))
    found = keys_found(account)
    with transaction.atomic():
        row = CloudAccount.objects.select_for_update().get(pk=account.pk)
        row.tested, row.tested_at = found, timezone.now()
        row.save(update_fields=["tested", "tested_at"])
        _record("cloud-account.tested", row, by, works=all("error" not in each for each in found.values()))
    return row


def _tried(account: CloudAccount, credentials: Mapping[str, Any], phase: str) -> dict[str, Any]:
    try:
        keys = keys_of(account, credentials, phase)  # type: ignore[arg-type]  # the two phases there are
    except CairnError as error:
        return {"error": {"id": error.id, "message": error.message, "hint": error.hint}}
    return {"key": keys.shown, "expires": keys.expires.isoformat() if keys.expires else None}


def _take(row: CloudAccount, given: Mapping[str, Any]) -> None:
    name = given["name"]
    if CloudAccount.objects.filter(name=name).exclude(pk=row.pk).exists():
        message = f"There is a cloud account {name} already."
        raise Conflict(message, id="cloud-account-exists", fields=[FieldError("name", message, "Take another name.")])
    row.name, row.region, row.endpoint = name, given["region"], given.get("endpoint") or ""
    row.credentials, row.plan_credentials = _clean(given["credentials"]), _clean(given.get("plan_credentials") or {})
    row.role_arn, row.plan_role_arn = given.get("role_arn") or "", given.get("plan_role_arn") or ""


def _clean(credentials: Mapping[str, Any]) -> dict[str, Any]:
    """The parts that its kind needs and no others."""
    return {name: credentials[name] for name in ("kind", *PARTS[credentials["kind"]])} if credentials else {}


def _mistakes(given: Mapping[str, Any], row: CloudAccount) -> Iterator[FieldError]:
    if not row.configured:
        yield from name_mistakes(given.get("name"), configured=False)
        if not _REGION.fullmatch(str(given.get("region") or "")):
            yield FieldError("region", "It needs a region.", "Such as eu-central-1.")
        yield from _about_credentials(given.get("credentials"), "credentials", needed=True)
        yield from _about_credentials(given.get("plan_credentials"), "plan_credentials", needed=False)
        for name in ("role_arn", "plan_role_arn"):
            if (role := given.get(name)) and not _ROLE.fullmatch(str(role)):
                yield FieldError(name, "It is no role.", "Such as arn:aws:iam::123456789012:role/cairn.")
        yield from _about_endpoint(given.get("endpoint") or "")
    yield from environment_mistakes(given.get("environments", []), "terraform", configured=row.configured)


def _about_credentials(credentials: object, path: str, *, needed: bool) -> Iterator[FieldError]:
    if not credentials and not needed:
        return
    kinds = ", ".join(CredentialSource.values)
    if not isinstance(credentials, Mapping) or credentials.get("kind") not in PARTS:
        yield FieldError(path, "Where do its credentials come from?", f"A kind of {kinds}.")
    elif credentials["kind"] == "environment":
        if not _PREFIX.fullmatch(str(credentials.get("prefix") or "")):
            hint = "Capital letters, digits and underscores with one at the end: PROD_ reads PROD_AWS_ACCESS_KEY_ID."
            yield FieldError(f"{path}.prefix", "It needs a prefix.", hint)
    elif credentials["kind"] == "file":
        yield from _about_file(credentials, path)
    else:
        yield from _about_command(credentials.get("command"), f"{path}.command")


def _about_file(credentials: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    given = credentials.get("path")
    if (
        not isinstance(given, str)
        or "\0" in given
        or not PurePosixPath(given).is_absolute()
        or ".." in given.split("/")
    ):
        yield FieldError(f"{path}.path", "It is no full path of a file.", "Such as /etc/cairn/aws-credentials.")
    if not _PROFILE.fullmatch(str(credentials.get("profile") or "")):
        yield FieldError(f"{path}.profile", "It needs the name of a profile.", "The name in brackets, such as prod.")


def _about_command(given: object, path: str) -> Iterator[FieldError]:
    if (
        not isinstance(given, list)
        or not given
        or not all(isinstance(word, str) and "\0" not in word for word in given)
    ):
        yield FieldError(path, "It is a list of words.", "The full path of a program, then its arguments.")
    elif given[0] not in settings.CREDENTIAL_COMMANDS:
        hint = "Whoever runs the portal allows a program by its full path in CAIRN_CREDENTIAL_COMMANDS."
        yield FieldError(path, f"{given[0][:120]} may not be run here.", hint)


def _about_endpoint(endpoint: object) -> Iterator[FieldError]:
    if not endpoint:
        return
    try:
        if not str(endpoint).startswith(("https://", "http://")):
            raise UserError("It is no http or https address.")
        reachable_address(str(endpoint))
    except CairnError as error:
        yield FieldError("endpoint", error.message, error.hint)


def _record(verb: str, account: CloudAccount, by: User, **data: Any) -> None:
    sources = {"credentials": account.credentials.get("kind"), "plan_credentials": account.plan_credentials.get("kind")}
    record(
        verb,
        by=by,
        subject_kind="cloud-account",
        subject_id=str(account.pk),
        subject_label=account.name,
        data={"region": account.where, "environments": account.environments, **sources, **data},
    )
