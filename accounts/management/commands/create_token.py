"""Make an API token and print it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import create_token
from accounts.models import SCOPES, User
from common.errors import CairnError


class Command(BaseCommand):
    """``create_token --user NAME --scopes a,b --days N``"""

    help = "Make an API token and print it; it is not stored and not shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose token, what it may do, how long it lives."""
        parser.add_argument("--user", required=True)
        parser.add_argument(
            "--scopes", default="", help=f"comma-separated; default: all but admin. {', '.join(SCOPES)}"
        )
        parser.add_argument("--days", type=int, default=None)
        parser.add_argument("--name", default="made on the command line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the token and nothing else."""
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']}. Make one: manage.py create_user {options['user']}")
        given = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        scopes = given or [scope for scope in SCOPES if scope != "admin"]
        try:
            _, text = create_token(user=user, scopes=scopes, days=options["days"], name=options["name"])
        except CairnError as error:
            raise CommandError(f"{error.message} {error.hint}".strip()) from error
        self.stdout.write(text)
