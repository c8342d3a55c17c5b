"""One-time links that sign somebody in."""

import secrets
from datetime import timedelta

from django.db import models
from django.utils import timezone

from accounts.models.user import User
from common.crypto import keyed_digest

LIFETIME = timedelta(hours=24)


class SignInLinkQuerySet(models.QuerySet["SignInLink"]):
    """Questions about links."""

    def usable(self, secret: str) -> "SignInLinkQuerySet":
        """The unused, unexpired link that ``secret`` opens, if any."""
        return self.filter(
            digest=keyed_digest("sign-in-link", secret),
            used_at=None,
            expires_at__gt=timezone.now(),
            user__is_active=True,
        )

    def use(self, secret: str) -> "User | None":
        """Spend the link; of two that try at once, one gets the person and the other None."""
        link = self.usable(secret).select_related("user").first()
        if link and self.filter(pk=link.pk, used_at=None).update(used_at=timezone.now()):
            return link.user
        return None


class SignInLink(models.Model):
    """A link that signs ``user`` in once. Only a digest of its secret is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_in_links")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = SignInLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"sign-in link of {self.user_id}"

    @classmethod
    def issue(cls, user: User) -> str:
        """Make a link for ``user`` and return its secret."""
        secret = secrets.token_urlsafe(32)
        expires = timezone.now() + LIFETIME
        cls.objects.create(user=user, digest=keyed_digest("sign-in-link", secret), expires_at=expires)
        return secret
