"""Read files and folders into the catalog at once."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.actions import register_source, sync_source
from catalog.models import Source
from catalog.models.source import SourceKind, SourceState

MOST_SHOWN = 50


class Command(BaseCommand):
    """``import_catalog PATH…``"""

    help = "Read files and folders into the catalog at once, as sources that are read again from then on."

    def add_arguments(self, parser: CommandParser) -> None:
        """Files or folders, and whether a sync may remove much."""
        parser.add_argument("path", nargs="+", type=Path)
        parser.add_argument("--allow-removal", action="store_true", help="remove even more than half of a source")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print counts and problems of each path; fail when one could not be read."""
        failed = [path for path in options["path"] if not self._import(path.absolute(), options["allow_removal"])]
        if failed:
            raise CommandError(f"{len(failed)} of {len(options['path'])} could not be read.")

    def _import(self, path: Path, allow_removal: bool) -> bool:
        kind = SourceKind.FOLDER if path.is_dir() else SourceKind.FILE
        source = Source.objects.filter(kind=kind, target=str(path)).first()
        source = source or register_source(kind=kind, target=str(path), by=None, origin="command")
        result = sync_source(source=source, by=None, allow_removal=allow_removal)
        counts = ", ".join(f"{value} {name}" for name, value in result.counts.items() if name != "seconds")
        self.stdout.write(f"{path}: {counts} in {result.seconds:.2f} s")
        if result.error:
            self.stdout.write(self.style.ERROR(f"  {result.error}"))
        self._show_problems(source)
        return result.state != SourceState.FAILED

    def _show_problems(self, source: Source) -> None:
        problems = source.problems.newest_first()
        for problem in problems[:MOST_SHOWN]:
            place = f"{problem.file}:{problem.line}:{problem.column}" if problem.line else problem.file
            field = f"{problem.field}: " if problem.field else ""
            self.stdout.write(f"  {place} {field}{problem.message} {problem.hint}".rstrip())
        if (more := problems.count() - MOST_SHOWN) > 0:
            self.stdout.write(f"  … and {more} more, on the page of the source.")
