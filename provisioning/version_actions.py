"""Keeping versions of blueprints, and offering them."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import may_administer, require
from audit.record import record
from common.errors import Conflict
from provisioning.blueprints import blueprint_at, forget, is_shipped
from provisioning.blueprints.definition import Blueprint
from provisioning.blueprints.package import Files, digest_of, read_folder
from provisioning.models import BlueprintFile, BlueprintSource, BlueprintVersion
from provisioning.models.blueprint import SourceKind, VersionState
from provisioning.sources.base import Candidate, Fault, Refused


@dataclass(frozen=True, slots=True)
class Found:
    """A version that was found good: what it says, its files, and where it was."""

    blueprint: Blueprint
    files: Files
    candidate: Candidate


@transaction.atomic
def keep(source: BlueprintSource, found: Found) -> BlueprintVersion:
    """Keep a version as it is from now on. Refused for a name or a version that is taken."""
    blueprint = found.blueprint
    _require_name(source, blueprint.name)
    digest = digest_of(found.files)
    row = BlueprintVersion.objects.filter(name=blueprint.name, version=blueprint.version).select_for_update().first()
    if row is not None and row.digest == digest:
        return row
    if row is not None:
        _require_replaceable(source, row, found.candidate)
        row.delete()
    _require_same_backend(blueprint)
    try:
        with transaction.atomic():
            row = _stored(blueprint, found.files, digest, source=source, origin=found.candidate.origin)
    except IntegrityError:
        raise Refused([Fault(f"Another source has just brought {blueprint.name} {blueprint.version}.")]) from None
    _record("read", row, by=None, source=str(source), origin=row.origin, digest=digest)
    return row


@transaction.atomic
def keep_shipped(blueprint: Blueprint) -> None:
    """Keep a version that ships before something is made of it: the next release may bring another in its place."""
    if not is_shipped(blueprint.name) or blueprint_at(blueprint.name, blueprint.version) is not blueprint:
        return
    files = read_folder(blueprint.folder)
    digest = digest_of(files)
    known = BlueprintVersion.objects.filter(name=blueprint.name, version=blueprint.version)
    if known.filter(digest=digest).exists():
        return
    # While a release is being made the same number may stand for more than one text; the portal's own is right.
    known.delete()
    _stored(blueprint, files, digest, shipped=True)


@transaction.atomic
def offer(*, version: BlueprintVersion, by: User) -> None:
    """Let people ask for it; new requests take the newest that is offered."""
    _turn(version, VersionState.OFFERED, by)


@transaction.atomic
def withdraw_version(*, version: BlueprintVersion, by: User) -> None:
    """Let nobody ask for it any more; what was made of it lives on."""
    _turn(version, VersionState.WITHDRAWN, by)


@transaction.atomic
def remove_version(*, version: BlueprintVersion, by: User) -> None:
    """Forget a version that was never offered, so that its tag or folder is read anew."""
    require(may_administer(by))
    row = _own(version)
    if row.state != VersionState.DRAFT:
        message = f"{row} was offered; what was offered stays."
        raise Conflict(message, id="version-stays", hint="Withdraw it, so that nobody asks for it.")
    if source := row.source:
        source.tags = {tag: commit for tag, commit in source.tags.items() if not row.origin.startswith(f"{tag} at ")}
        source.save(update_fields=["tags"])
    _record("removed", row, by=by)
    row.delete()
    known_at_once()


def _turn(version: BlueprintVersion, state: str, by: User) -> None:
    require(may_administer(by))
    row = _own(version)
    if row.state == state:
        return
    if state == VersionState.WITHDRAWN and row.state == VersionState.DRAFT:
        raise Conflict(f"{row} is not offered.", id="version-not-offered", hint="A draft can be removed.")
    row.state = state
    row.offered_at = timezone.now() if state == VersionState.OFFERED else row.offered_at
    row.save(update_fields=["state", "offered_at"])
    _record("offered" if state == VersionState.OFFERED else "withdrawn", row, by=by)
    known_at_once()


def _own(version: BlueprintVersion) -> BlueprintVersion:
    row = (
        BlueprintVersion.objects.select_for_update(of=("self",)).select_related("source").filter(pk=version.pk).first()
    )
    if row is None or row.shipped:
        raise Conflict(f"{version} ships with the portal.", id="version-shipped", hint="A release brings another.")
    return row


def _stored(blueprint: Blueprint, files: Files, digest: str, **more: object) -> BlueprintVersion:
    shipped = bool(more.get("shipped"))
    source = more.get("source")
    row = BlueprintVersion.objects.create(
        name=blueprint.name,
        version=blueprint.version,
        digest=digest,
        state=VersionState.WITHDRAWN if shipped else VersionState.DRAFT,
        trusted=shipped or (isinstance(source, BlueprintSource) and source.trusted),
        **more,
    )
    BlueprintFile.objects.bulk_create([BlueprintFile(version=row, path=path, content=files[path]) for path in files])
    known_at_once()
    return row


def _require_name(source: BlueprintSource, name: str) -> None:
    """A name belongs to whoever brought it first."""
    if is_shipped(name):
        raise Refused([Fault(f"{name} is a blueprint that ships with the portal.", "Take another name.", field="name")])
    others = BlueprintVersion.objects.filter(name=name).exclude(source=source)
    holder = others.exclude(source=None).select_related("source").first()
    if holder is not None:
        raise Refused([Fault(f"{name} comes from {holder.source} already.", "Take another name.", field="name")])
    others.update(source=source)


def _require_replaceable(source: BlueprintSource, row: BlueprintVersion, candidate: Candidate) -> None:
    """A draft in a folder is being worked on; everything else stays as it was first read."""
    if row.state == VersionState.DRAFT and source.kind == SourceKind.FOLDER:
        return
    if candidate.commit:
        hint = "Put the tag back, or give the new contents a new version."
        hint += " A draft can be removed on its page, to have the tag read anew." if row.state == "draft" else ""
        raise Refused([Fault(f"{row} was read before with other contents: {row.origin}.", hint, field="version")])
    message = f"{row} was offered with other contents; what was offered stays as it was."
    raise Refused([Fault(message, "Raise the version.", field="version")])


def _require_same_backend(blueprint: Blueprint) -> None:
    other = BlueprintVersion.objects.filter(name=blueprint.name).exclude(version=blueprint.version).first()
    if other and blueprint_at(other.name, other.version).backend != blueprint.backend:
        message = f"{other} is made by another backend; what there is could not be upgraded."
        raise Refused([Fault(message, "Take another name.", field="backend")])


def known_at_once() -> None:
    """Have versions looked up anew: in this process now, and again once others can see what was changed."""
    forget()
    transaction.on_commit(forget)


def _record(what: str, row: BlueprintVersion, *, by: User | None, **data: str) -> None:
    subject = {"subject_kind": "blueprint", "subject_id": f"{row.name}@{row.version}", "subject_label": str(row)}
    record(f"blueprint.{what}", by=by, data=dict(data), **subject)
