"""Whether a delivery comes from whom it says. Pure; secrets and bodies are bytes, comparisons take constant time."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from common.numbers import parse_digits

TOLERANCE = timedelta(minutes=5)
LATEST = 2**40


def github(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> bool:
    """``X-Hub-Signature-256: sha256=HEX`` over the raw body. The SHA-1 header is not accepted."""
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return _same(headers.get("x-hub-signature-256", ""), expected)


def gitlab(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> bool:
    """``X-Gitlab-Token: SECRET``: GitLab sends the secret itself and signs nothing."""
    return _same(headers.get("x-gitlab-token", ""), secret)


def bearer(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> bool:
    """``Authorization: Bearer SECRET``, as Alertmanager sends it."""
    return _same(headers.get("authorization", ""), f"Bearer {secret}")


def standard_webhooks(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> bool:
    """Standard Webhooks: ``v1,BASE64`` over ``id.timestamp.body``, within five minutes.

    Source: the Standard Webhooks specification; a secret may begin with ``whsec_`` and is base64 then.
    """
    stamp, given = headers.get("webhook-timestamp", ""), headers.get("webhook-signature", "")
    sent = parse_digits(stamp, most=LATEST)
    if sent is None or abs(now.timestamp() - sent) > TOLERANCE.total_seconds():
        return False
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    signed = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(_same(candidate, expected) for candidate in given.split())


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
