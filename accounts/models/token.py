"""Tokens for scripts. Only a keyed digest is stored; the text is shown once."""

import secrets
import zlib
from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models.user import User
from common.crypto import keyed_digest

SCOPES = (
    "catalog:read",
    "catalog:write",
    "provisioning:read",
    "provisioning:write",
    "provisioning:approve",
    "provisioning:break-glass",
    "runs:read",
    "runs:write",
    "metrics:read",
    "metrics:write",
    "proxy",
    "audit:read",
    "admin",
)
PREFIX = "crn_"
#: ``last_used_at`` is a hint for people, not worth a write per request.
LAST_USED_PRECISION = timedelta(minutes=1)


def new_token_text() -> str:
    """A fresh token: prefix, 32 random bytes, and a checksum that secret scanners can verify."""
    body = secrets.token_urlsafe(32)
    return f"{PREFIX}{body}{zlib.crc32(body.encode()):08x}"


def is_well_formed(text: str) -> bool:
    """Whether prefix and checksum fit; says nothing about validity."""
    body, checksum = text.removeprefix(PREFIX)[:-8], text[-8:]
    return text.startswith(PREFIX) and f"{zlib.crc32(body.encode()):08x}" == checksum


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Questions about tokens."""

    def usable(self) -> "ApiTokenQuerySet":
        """Neither expired nor revoked, of a person who is still active."""
        alive = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.filter(alive, revoked_at=None, user__is_active=True)

    def matching(self, text: str) -> "ApiToken | None":
        """The usable token that ``text`` is, with its user."""
        if not is_well_formed(text):
            return None
        return self.usable().select_related("user").filter(digest=keyed_digest("api-token", text)).first()


class ApiToken(models.Model):
    """A right to act as its user within ``scopes``."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    #: The first characters, so that a person can tell tokens apart.
    hint = models.CharField(max_length=12)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.hint}… of {self.user_id}"

    def allows(self, scope: str) -> bool:
        """Whether ``scope`` is granted; ``catalog:write`` grants ``catalog:read``, and ``admin`` everything."""
        granted = set(self.scopes)
        noun, _, verb = scope.partition(":")
        return bool(granted & {"admin", scope}) or (verb == "read" and f"{noun}:write" in granted)

    def touch(self) -> None:
        """Note that the token was used, at most once a minute."""
        now = timezone.now()
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_PRECISION)
        if self.last_used_at is None or self.last_used_at < now - LAST_USED_PRECISION:
            ApiToken.objects.filter(stale, pk=self.pk).update(last_used_at=now)
            self.last_used_at = now
