"""The person who signs in."""

from functools import cached_property

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.text import slugify

from accounts.models.team import Team


class Role(models.TextChoices):
    """What a person may do across the portal; ownership comes from teams."""

    VIEWER = "viewer", "Viewer"
    DEVELOPER = "developer", "Developer"
    APPROVER = "approver", "Approver"
    PLATFORM_ADMIN = "platform-admin", "Platform admin"


class User(AbstractUser):
    """A person with an account. The catalog may describe the same person as a User entity, or not."""

    role = models.CharField(max_length=20, choices=Role, default=Role.DEVELOPER)

    @property
    def entity_ref(self) -> str:
        """The reference under which the catalog knows this person (``user:default/alice``)."""
        return f"user:default/{slugify(self.username.split('@')[0], allow_unicode=False) or self.pk}"

    @property
    def is_platform_admin(self) -> bool:
        """Whether this person runs the portal."""
        return self.is_active and self.role == Role.PLATFORM_ADMIN

    @property
    def display_name(self) -> str:
        """The full name where there is one, else the username."""
        return self.get_full_name() or self.username

    def team_refs(self) -> frozenset[str]:
        """References of every group this person is in, directly or through a nested group.

        Read once per instance, which lives as long as a request.
        """
        return self._team_refs

    def remember_teams(self, refs: frozenset[str]) -> None:
        """Take ``refs`` for the answer of :meth:`team_refs`, which nobody need look up then."""
        self._team_refs = refs

    @cached_property
    def _team_refs(self) -> frozenset[str]:
        return Team.objects.refs_of(self.entity_ref)

    def owner_refs(self) -> frozenset[str]:
        """Every reference that makes this person an owner: own and groups'."""
        return self.team_refs() | {self.entity_ref}
