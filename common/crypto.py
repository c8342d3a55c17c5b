"""Encryption at rest and keyed digests. Keys come from settings; the first encrypts, all decrypt."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from common.errors import CairnError


def _fernet() -> MultiFernet:
    keys = (hashlib.sha256(f"cairn:{key}".encode()).digest() for key in settings.ENCRYPTION_KEYS)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def encrypt(plain: bytes) -> bytes:
    """``plain`` encrypted and authenticated under the first key."""
    return _fernet().encrypt(plain)


def decrypt(token: bytes) -> bytes:
    """The bytes that :func:`encrypt` was given; raises CairnError when no key fits."""
    try:
        return _fernet().decrypt(bytes(token))
    except InvalidToken:
        raise CairnError(
            "A stored secret cannot be read with the keys of this installation.",
            id="wrong-encryption-key",
            hint="Put the former key behind the new one in CAIRN_ENCRYPTION_KEYS.",
        ) from None


def keyed_digest(purpose: str, value: str) -> str:
    """A hex HMAC-SHA256 of ``value`` under the secret key, apart for each ``purpose``."""
    return hmac.new(f"{purpose}:{settings.SECRET_KEY}".encode(), value.encode(), hashlib.sha256).hexdigest()
