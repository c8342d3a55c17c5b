"""Judge entity files without a portal: for editors, hooks and pipelines."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.config import configured_kinds
from catalog.ingest.documents import FileResult, Verdict
from catalog.ingest.file import process_file
from catalog.ingest.report import file_report, refused, sentence
from catalog.model.declared import kinds_in_file
from catalog.model.kinds import DEFAULT_KINDS, Kinds
from common.errors import UserError

SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Subject:
    """A file, the key of its report, and the address that it is judged as."""

    path: Path
    key: str
    address: str


class Command(BaseCommand):
    """``validate_catalog [--json] [--strict] [--kinds FILE] [--registered-as URL | --manifest FILE] PATH…``"""

    help = "Check entity files. Needs no database; exits with 1 when a document is refused."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """What to check, as what, and how to say it."""
        parser.add_argument("path", nargs="+", type=Path, help="files, or folders of YAML files")
        parser.add_argument("--json", action="store_true", help="print the verdicts for programs")
        parser.add_argument(
            "--strict",
            action="store_true",
            help="judge as Backstage does: one broken document "
            "refuses its file, and only Backstage's own placeholders are known",
        )
        parser.add_argument(
            "--kinds",
            type=Path,
            metavar="FILE",
            help="a YAML list of kinds beside the built-in ones, or an app-config.yaml with catalog.kinds; "
            "default: the app-config.yaml of the portal, unless --strict",
        )
        address = parser.add_mutually_exclusive_group()
        address.add_argument(
            "--registered-as",
            metavar="URL",
            default="",
            help="the address that the file is registered under; with a slash at its end, the folder",
        )
        address.add_argument("--manifest", type=Path, metavar="FILE", help="JSON that gives each file its address")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the verdicts; exit with 1 when a document is refused."""
        subjects = list(_subjects(options["path"], options["registered_as"], options["manifest"]))
        if not subjects:
            raise CommandError(f"There is no file that ends with {', '.join(SUFFIXES)} in there.")
        kinds, strict = _kinds(options["kinds"], options["strict"]), options["strict"]
        results = [
            (subject, process_file(_bytes(subject.path), url=subject.address, kinds=kinds, strict=strict))
            for subject in subjects
        ]
        if options["json"]:
            self._print_json(results, strict=options["strict"])
        else:
            self._print_lines(results)
        if any(refused(result) for _, result in results):
            sys.exit(1)

    def _print_json(self, results: list[tuple[Subject, FileResult]], *, strict: bool) -> None:
        files = {
            subject.key: file_report(result, address=subject.address, strict=strict) for subject, result in results
        }
        self.stdout.write(json.dumps({"files": files}, indent=1, ensure_ascii=False))

    def _print_lines(self, results: list[tuple[Subject, FileResult]]) -> None:
        for subject, result in results:
            for verdict in refused(result):
                self._print_problem(subject, verdict)
        verdicts = [verdict for _, result in results for verdict in result.verdicts]
        wrong = sum(len(refused(result)) for _, result in results)
        good = sum(verdict.outcome == "valid" for verdict in verdicts)
        unsure = sum(verdict.outcome == "undetermined" for verdict in verdicts)
        text = f"{len(results)} files: {good} entities are valid, {wrong} are refused"
        text += f", {unsure} depend on files that were not read" if unsure else ""
        self.stdout.write((self.style.ERROR if wrong else self.style.SUCCESS)(f"{text}."))

    def _print_problem(self, subject: Subject, verdict: Verdict) -> None:
        problem = verdict.problem
        if problem is None:
            return
        self.stdout.write(f"{subject.path}:{problem.line}:{problem.column}: {sentence(problem)}")
        if problem.hint:
            self.stdout.write(f"    {problem.hint}")


def _kinds(file: Path | None, strict: bool) -> Kinds:
    """Built-in kinds and those that a file adds."""
    if strict and not file:
        return DEFAULT_KINDS
    try:
        added = kinds_in_file(_bytes(file), str(file)) if file else configured_kinds()
    except UserError as error:
        raise CommandError("\n".join([error.message, *_lines(error)])) from None
    return {**DEFAULT_KINDS, **{kind.name: kind for kind in added}}


def _lines(error: UserError) -> list[str]:
    return [f"  {field.path}: {field.message} {field.hint}".rstrip() for field in error.fields] or [f"  {error.hint}"]


def _subjects(paths: list[Path], registered_as: str, manifest: Path | None) -> Iterator[Subject]:
    addresses = _addresses(manifest) if manifest else {}
    for given in paths:
        for path in _files(given):
            key, address = addresses.get(path.resolve(), (str(path), str(path.absolute())))
            if registered_as.endswith("/"):
                beside = path.relative_to(given) if given.is_dir() else path.name
                address = registered_as + quote(str(beside))
            yield Subject(path, key, address if not registered_as or registered_as.endswith("/") else registered_as)


def _files(given: Path) -> list[Path]:
    if given.is_dir():
        return sorted(path for path in given.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    if not given.is_file():
        raise CommandError(f"There is no file {given}.")
    return [given]


def _addresses(manifest: Path) -> dict[Path, tuple[str, str]]:
    """Key and address of every file that the manifest names, by its place beside the manifest."""
    try:
        entries = json.loads(manifest.read_bytes())["files"]
        return {(manifest.parent / entry["file"]).resolve(): (entry["file"], entry["url"]) for entry in entries}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{manifest} is no manifest of files with their addresses: {error}") from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
