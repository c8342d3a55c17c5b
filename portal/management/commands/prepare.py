"""Bring the database up to date, fill an empty portal, and let the first admin in."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from accounts.actions import create_sign_in_link, create_user, first_admin
from accounts.models import Role, User
from catalog.actions import register_source, sync_source
from catalog.models import Source
from catalog.models.source import SourceKind

STARTER = Path(settings.BASE_DIR) / "catalog" / "starter"
#: People of the starter company, so that a request can be approved by somebody else.
PEOPLE = (("alice", Role.DEVELOPER), ("bob", Role.DEVELOPER), ("charlie", Role.DEVELOPER), ("pat", Role.APPROVER))


class Command(BaseCommand):
    """``prepare``: migrations, and starter content once; ``prepare --sign-in``: a link for the first admin."""

    help = "Apply migrations and load the starter content once; with --sign-in print a link for the first admin."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which of the two."""
        parser.add_argument("--sign-in", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        if options["sign_in"]:
            link = settings.BASE_URL + create_sign_in_link(user=first_admin())
            self.stdout.write(f"Sign in: {link}")
            return
        call_command("migrate", verbosity=0)
        if settings.DEMO and not Source.objects.exists() and not User.objects.exists():
            self._load()

    def _load(self) -> None:
        source = register_source(kind=SourceKind.FOLDER, target=str(STARTER), by=None, origin="starter")
        result = sync_source(source=source, by=None)
        for name, role in PEOPLE:
            create_user(name=name, role=role)
        self.stdout.write(f"Loaded the starter catalog: {len(result.changes.added)} entities.")
