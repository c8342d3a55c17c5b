"""What allauth asks us: nobody signs up by themselves; single sign-on makes the person on first sight."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Local accounts are made by an administrator."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No open sign-up by password."""
        return False


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """A person of the company's issuer gets an account by signing in, with or without a User entity."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """The issuer decides who its people are."""
        return True
