"""Keeping the endpoints that are told what happens."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import may_administer, require
from audit.record import record
from common.crypto import encrypt
from common.errors import FieldError, NotFound, ProviderError, UserError
from common.http import reachable_address
from runs.models import WebhookDelivery, WebhookEndpoint
from runs.outbox import enqueue
from runs.webhooks.announce import DELIVER, TEST, known_topics, send
from runs.webhooks.signing import new_secret

FIELDS = ("url", "description", "topics", "owner")


def visible_endpoint(user: User, pk: int) -> WebhookEndpoint:
    """The endpoint, for platform admins. PermissionRefused, NotFound."""
    require(may_administer(user))
    found = WebhookEndpoint.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such webhook.")
    return found


@transaction.atomic
def add_endpoint(*, given: Mapping[str, Any], by: User) -> tuple[WebhookEndpoint, str]:
    """A new endpoint, and the secret that is told this once. UserError with every field that is wrong."""
    require(may_administer(by))
    secret = new_secret()
    endpoint = WebhookEndpoint(created_by=by, ciphertext=encrypt(secret.encode()))
    _write(endpoint, given)
    endpoint.save()
    _record("webhook.added", endpoint, by)
    return endpoint, secret


@transaction.atomic
def change_endpoint(*, endpoint: WebhookEndpoint, given: Mapping[str, Any], by: User) -> WebhookEndpoint:
    """What ``given`` holds of :data:`FIELDS`, and ``active``; the rest stays."""
    require(may_administer(by))
    _write(endpoint, {**_as_given(endpoint), **given})
    active = given.get("active", endpoint.is_active)
    if not isinstance(active, bool):
        raise UserError("active must be true or false.", fields=[FieldError("active", "must be true or false")])
    if active != endpoint.is_active:
        endpoint.is_active, endpoint.stopped_because, endpoint.failing_since = not endpoint.is_active, "", None
    endpoint.save()
    _record("webhook.changed", endpoint, by)
    return endpoint


@transaction.atomic
def renew_secret(*, endpoint: WebhookEndpoint, by: User) -> str:
    """Sign with another secret from now on, which is told this once."""
    require(may_administer(by))
    secret = new_secret()
    endpoint.ciphertext = encrypt(secret.encode())
    endpoint.save(update_fields=["ciphertext"])
    _record("webhook.secret-renewed", endpoint, by)
    return secret


@transaction.atomic
def remove_endpoint(*, endpoint: WebhookEndpoint, by: User) -> None:
    """Tell it nothing any more, and forget what it was told."""
    require(may_administer(by))
    _record("webhook.removed", endpoint, by)
    endpoint.delete()


@transaction.atomic
def send_test(*, endpoint: WebhookEndpoint, by: User) -> WebhookDelivery:
    """A message that means nothing, so that somebody can see it arrive."""
    require(may_administer(by))
    return send(endpoint, TEST, {"message": "Cairn can reach you.", "by": by.entity_ref})


@transaction.atomic
def send_again(*, endpoint: WebhookEndpoint, message_id: Any, by: User) -> WebhookDelivery:
    """The same message once more, under the same id."""
    require(may_administer(by))
    try:
        delivery = endpoint.deliveries.filter(message_id=UUID(str(message_id))).first()
    except ValueError:
        delivery = None
    if delivery is None:
        raise NotFound("There is no such message, or it has been forgotten.")
    delivery.state, delivery.due_at, delivery.attempts, delivery.ended_at = "pending", timezone.now(), 0, None
    delivery.save()
    enqueue(DELIVER, delivery.pk)
    return delivery


def _as_given(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "url": endpoint.url,
        "description": endpoint.description,
        "topics": endpoint.topics,
        "owner": endpoint.owner_ref,
    }


def _write(endpoint: WebhookEndpoint, given: Mapping[str, Any]) -> None:
    """Put ``given`` into ``endpoint``, or raise UserError with every field that is wrong."""
    wrong = [*_wrong_url(given.get("url")), *_wrong_topics(given.get("topics", []))]
    for name, most in (("description", 200), ("owner", 255)):
        text = given.get(name, "")
        if not isinstance(text, str) or len(text) > most:
            wrong.append(FieldError(name, f"must be a text of at most {most} characters"))
    if wrong:
        raise UserError(f"{wrong[0].path}: {wrong[0].message}", id="webhook-refused", fields=wrong)
    endpoint.url, endpoint.topics = given["url"].strip(), sorted(set(given.get("topics", [])))
    endpoint.description, endpoint.owner_ref = given.get("description", "").strip(), given.get("owner", "").strip()


def _wrong_url(url: Any) -> list[FieldError]:
    hint = "Such as https://example.com/hooks/cairn."
    if not isinstance(url, str) or not url.strip():
        return [FieldError("url", "This is needed.", hint)]
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return [FieldError("url", "is not an address", hint)]
    if parts.scheme not in {"http", "https"} or not parts.hostname or len(url) > 2000:
        return [FieldError("url", "must be an http or https address", hint)]
    if parts.username or parts.password:
        return [FieldError("url", "must not hold a password", "Its messages are signed; check the signature.")]
    try:
        reachable_address(url.strip())
    except UserError as error:
        return [FieldError("url", error.message, error.hint)]
    except ProviderError:  # a host that is not there yet may be there when something happens
        return []
    return []


def _wrong_topics(topics: Any) -> list[FieldError]:
    if not isinstance(topics, list) or not all(isinstance(topic, str) for topic in topics):
        return [FieldError("topics", "must be a list of texts", "Leave it empty for everything.")]
    known = known_topics()
    unknown = [topic for topic in topics if topic not in known]
    return [FieldError("topics", f"there is no {unknown[0]}", f"There are {', '.join(known)}.")] if unknown else []


def _record(verb: str, endpoint: WebhookEndpoint, by: User) -> None:
    data = {"topics": endpoint.topics, "owner": endpoint.owner_ref, "active": endpoint.is_active}
    record(
        verb,
        by=by,
        subject_kind="webhook",
        subject_id=str(endpoint.pk),
        subject_label=endpoint.url,
        data=data,
    )
