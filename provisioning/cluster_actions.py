"""Adding, changing, testing and removing clusters. For platform admins; every change is in the trail."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from django.db import transaction
from django.utils import timezone

from accounts.models import Team, User
from accounts.permissions import may_administer, require
from audit.record import record
from common.errors import CairnError, Conflict, FieldError, UserError
from provisioning.bundle import MEMBER_ROLE
from provisioning.clusters.connection import checked_address, client_of
from provisioning.clusters.profile import ClusterProfile, profile_mistakes
from provisioning.models import Cluster
from provisioning.namespace_request import API_VERSION, KIND
from provisioning.place_checks import environment_mistakes, name_mistakes, require_unused

MOST_TOKEN = 16 * 1024
ANY_TEAM = "*"


@transaction.atomic
def put_cluster(*, given: Mapping[str, Any], by: User, cluster: Cluster | None = None) -> Cluster:
    """Add a cluster, or change ``cluster``.

    ``given`` has ``name``, ``server``, ``authority`` (PEM), ``token``, ``environments``, ``profile``, ``watched`` and
    ``intake`` (namespace → team or ``*``); an empty token keeps the former one. UserError names the fields that are
    wrong, Conflict a name that is taken.
    """
    require(may_administer(by))
    row = cluster or Cluster()
    if wrong := list(_mistakes(given, row)):
        raise UserError("The cluster cannot be used.", id="cluster-invalid", fields=wrong)
    if not row.configured:
        _take_connection(row, given)
    row.environments, row.watched = sorted(set(given["environments"])), bool(given.get("watched"))
    row.profile = ClusterProfile.from_json(given.get("profile") or {}).as_json()
    row.intake, row.changed_at = dict(given.get("intake") or {}), timezone.now()
    added = row.pk is None
    row.save()
    _record("cluster.added" if added else "cluster.changed", row, by, token="kept" if not given.get("token") else "new")
    return row


@transaction.atomic
def remove_cluster(*, cluster: Cluster, by: User) -> None:
    """Forget how to reach it; Conflict while namespaces of the portal stand in it. Nothing in it is touched."""
    require(may_administer(by))
    row = Cluster.objects.select_for_update().get(pk=cluster.pk)
    require_unused(row, "cluster")
    row.resources.update(cluster=None)
    _record("cluster.removed", row, by)
    row.delete()


def probe_cluster(*, cluster: Cluster, by: User) -> Cluster:
    """Ask the cluster what it can do and what the portal's account may do there, and keep the answer on the row.

    A cluster that does not answer is no error here: the row says why.
    """
    require(may_administer(by))
    from integrations.kubernetes.probing import probe

    try:
        found = probe(client_of(cluster), member_role=MEMBER_ROLE, custom_resource=(API_VERSION, KIND)).as_json()
    except CairnError as error:
        found = {"error": {"id": error.id, "message": error.message, "hint": error.hint}}
    with transaction.atomic():
        row = Cluster.objects.select_for_update().get(pk=cluster.pk)
        row.probe, row.probed_at = found, timezone.now()
        row.save(update_fields=["probe", "probed_at"])
        _record("cluster.tested", row, by, answers="error" not in found, missing=len(found.get("missing", ())))
    return row


def _take_connection(row: Cluster, given: Mapping[str, Any]) -> None:
    name = given["name"]
    if Cluster.objects.filter(name=name).exclude(pk=row.pk).exists():
        message = f"There is a cluster {name} already."
        raise Conflict(message, id="cluster-exists", fields=[FieldError("name", message, "Take another name.")])
    row.name, row.server = name, given["server"].rstrip("/")
    row.authority = (given.get("authority") or "").strip()
    if token := given.get("token"):
        row.keep_token(token.strip())


def _mistakes(given: Mapping[str, Any], row: Cluster) -> Iterator[FieldError]:
    if not row.configured:
        yield from name_mistakes(given.get("name"), configured=False)
        yield from _about_server(given.get("server"))
        yield from _about_authority(given.get("authority") or "")
        yield from _about_token(given.get("token") or "", known=bool(row.token), moved=_moved(given, row))
    yield from environment_mistakes(given.get("environments", []), "kubernetes", configured=row.configured)
    yield from profile_mistakes(given.get("profile") or {})
    yield from _about_intake(given.get("intake") or {})


def _moved(given: Mapping[str, Any], row: Cluster) -> bool:
    return bool(row.server) and str(given.get("server", "")).rstrip("/") != row.server


def _about_server(server: object) -> Iterator[FieldError]:
    hint = "Such as https://k8s.example.com:6443."
    if not isinstance(server, str) or not server:
        yield FieldError("server", "Where is its API server?", hint)
        return
    try:
        parts = urlsplit(server)
        plain = not (parts.username or parts.password or parts.query or parts.fragment)
    except ValueError:
        parts, plain = urlsplit(""), False
    if not plain or parts.scheme not in {"https", "http"} or not parts.hostname:
        yield FieldError("server", "It is no address of an API server.", hint)
        return
    try:
        checked_address(server)
    except CairnError as error:
        yield from error.fields or [FieldError("server", error.message, error.hint)]


def _about_authority(text: str) -> Iterator[FieldError]:
    if not text.strip():
        return
    try:
        found = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        hint = "Paste it from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----."
        yield FieldError("authority", "It is no certificate.", hint)
        return
    if all(certificate.not_valid_after_utc < timezone.now() for certificate in found):
        ended = max(certificate.not_valid_after_utc for certificate in found)
        yield FieldError("authority", f"It ended on {ended:%Y-%m-%d}.", "Paste the current one.")


def _about_token(token: str, *, known: bool, moved: bool) -> Iterator[FieldError]:
    if moved and known and not token:
        # Else whoever may change the address could have the token sent to a server of their own.
        yield FieldError("token", "Another server needs its token anew.", "Give the token for this address.")
    elif not token and not known:
        yield FieldError("token", "It needs a token.", "That of a service account with the rights in rights.yaml.")
    elif len(token) > MOST_TOKEN or not token.strip().isascii() or any(c.isspace() for c in token.strip()):
        yield FieldError("token", "It is no token.", "One word of letters, digits, dots, dashes and underscores.")


def _about_intake(given: object) -> Iterator[FieldError]:
    if not isinstance(given, Mapping):
        yield FieldError("intake", "It must be a mapping.", "Namespace to team, such as platform-requests: '*'.")
        return
    for namespace, team in given.items():
        if not isinstance(namespace, str) or not namespace or not isinstance(team, str):
            yield FieldError(
                "intake", "Write a namespace and a team.", "Such as team-orders: group:default/orders-team."
            )
        elif team != ANY_TEAM and not Team.objects.filter(ref=team.replace("\0", "")).exists():
            hint = f"A reference such as group:default/orders-team, or {ANY_TEAM} for any."
            yield FieldError("intake", f"There is no team {team[:80]}.", hint)


def _record(verb: str, cluster: Cluster, by: User, **data: Any) -> None:
    record(
        verb,
        by=by,
        subject_kind="cluster",
        subject_id=str(cluster.pk),
        subject_label=cluster.name,
        data={"server": cluster.server, "environments": cluster.environments, **data},
    )
