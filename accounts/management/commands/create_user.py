"""Make an account and print a one-time sign-in link."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import create_sign_in_link, create_user
from accounts.models import Role
from common.errors import CairnError


class Command(BaseCommand):
    """``create_user NAME --role ROLE --member-of group:default/x``"""

    help = "Make an account and print a one-time sign-in link."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name, role and groups."""
        parser.add_argument("name")
        parser.add_argument("--role", choices=Role.values, default=Role.DEVELOPER)
        parser.add_argument("--member-of", action="append", default=[], metavar="REF")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the link and nothing else."""
        try:
            user = create_user(name=options["name"], role=options["role"], member_of=options["member_of"])
        except CairnError as error:
            raise CommandError(f"{error.message} {error.hint}".strip()) from error
        self.stdout.write(settings.BASE_URL + create_sign_in_link(user=user))
