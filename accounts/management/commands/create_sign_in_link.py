"""Print a one-time sign-in link for somebody who has an account."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import create_sign_in_link
from accounts.models import User


class Command(BaseCommand):
    """``create_sign_in_link NAME``"""

    help = "Print a one-time sign-in link for somebody who has an account."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose link."""
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the link and nothing else."""
        user = User.objects.filter(username=options["name"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no user {options['name']}. Make one: manage.py create_user {options['name']}")
        self.stdout.write(settings.BASE_URL + create_sign_in_link(user=user))
