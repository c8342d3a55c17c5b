"""The verdict on a file as programs read it: the shape that ``validate_catalog --json`` prints. Pure."""

from typing import Any

from catalog.ingest.documents import FileResult, Path, Problem, Verdict
from catalog.model.urls import as_tree, is_url

#: The kinds that Backstage lets in while nobody configures ``catalog.rules``.
ALLOWED_BY_DEFAULT = frozenset({"component", "api", "location"})
REFUSED = frozenset({"invalid", "yaml-error", "not-object", "not-reached"})
_VALID = {"valid": True, "empty": None, "undetermined": None}


def location_ref(address: str) -> str:
    """The location reference that documents of the file at ``address`` belong to."""
    return f"url:{as_tree(address)}" if is_url(address) else f"file:{address}"


def refused(result: FileResult) -> list[Verdict]:
    """The documents that are not let in."""
    return [verdict for verdict in result.verdicts if verdict.outcome in REFUSED]


def file_report(result: FileResult, *, address: str, strict: bool) -> dict[str, Any]:
    """What became of a file. ``strict`` refuses it whole for one broken document, as Backstage does."""
    accepted = result.accepted or (not strict and any(v.outcome not in REFUSED for v in result.verdicts))
    return {
        "url": address,
        "location": location_ref(address),
        "file": {
            "accepted": accepted,
            "errors": [sentence(error) for error in result.errors],
            "entityRefs": [verdict.ref for verdict in result.verdicts if verdict.ref],
        },
        "documents": [_document_report(verdict) for verdict in result.verdicts],
    }


def sentence(problem: Problem) -> str:
    """A problem's message after the field that it is about."""
    where = pointer(problem.path)
    if not problem.message.startswith("must "):
        return problem.message
    return f"{where or '<root>'} {problem.message}"


def pointer(path: Path) -> str:
    """A path as a JSON pointer."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _document_report(verdict: Verdict) -> dict[str, Any]:
    report: dict[str, Any] = {
        "index": verdict.index,
        "outcome": verdict.outcome,
        "valid": _VALID.get(verdict.outcome, False),
        **_as_written(verdict.raw or {}),
    }
    if verdict.ref:
        report["entityRef"] = verdict.ref
        report["allowedByDefaultRules"] = verdict.ref.partition(":")[0] in ALLOWED_BY_DEFAULT
    if verdict.outcome in REFUSED and verdict.problem:
        report |= _problem_report(verdict.problem)
    if verdict.entity:
        report["relations"] = [
            {"source": relation.source, "type": relation.type, "target": relation.target}
            for relation in verdict.entity.relations
        ]
        report |= _present(locationReads=verdict.location_reads, placeholderReads=verdict.placeholder_reads)
    return report | _present(placeholders=verdict.placeholders)


def _present(**lists: tuple[str, ...]) -> dict[str, list[str]]:
    return {name: sorted(items) for name, items in lists.items() if items}


def _as_written(raw: dict[str, Any]) -> dict[str, Any]:
    """The names of a document; null for one that is not text."""
    metadata = raw.get("metadata")
    holders = {"apiVersion": raw, "kind": raw} | dict.fromkeys(
        ("name", "namespace"), metadata if isinstance(metadata, dict) else {}
    )
    return {
        key: holder[key] if isinstance(holder[key], str) else None for key, holder in holders.items() if key in holder
    }


def _problem_report(problem: Problem) -> dict[str, Any]:
    return {
        "stage": problem.stage,
        "field": problem.field,
        "error": sentence(problem),
        "line": problem.line,
        "column": problem.column,
        "hint": problem.hint,
    }
