"""One file from bytes to verdicts: the stages in order. Pure but for ``read``, which is given."""

import dataclasses
from typing import Any

from catalog.ingest.documents import FileResult, Path, Problem, ValidEntity, Verdict
from catalog.ingest.locations import location_reads
from catalog.ingest.relate import BadRelation, relate
from catalog.ingest.resolve import (
    CORE_PLACEHOLDERS,
    PLACEHOLDERS,
    BadPlaceholder,
    Read,
    names_in,
    placeholders_in,
    resolve,
)
from catalog.ingest.validate import check_envelope, check_kind, check_policies
from catalog.model.kinds import DEFAULT_KINDS, SORTED_FIELDS, Kinds
from catalog.model.refs import DEFAULT_NAMESPACE, EntityRef
from common.yaml12 import YamlDocument, YamlProblem, load_documents

#: What is noted about every entity, whatever its document says.
PROVENANCE = frozenset({"backstage.io/managed-by-location", "backstage.io/managed-by-origin-location"})


def process_file(
    data: bytes, *, url: str, read: Read | None = None, kinds: Kinds = DEFAULT_KINDS, strict: bool = False
) -> FileResult:
    """Every document of ``data``, a file at ``url``, with its verdict.

    Good documents are found beside bad ones; ``FileResult.accepted`` tells what Backstage, which refuses whole files,
    would do. Without ``read`` nothing is fetched and placeholders count as filled. ``strict`` knows only what Backstage
    knows without further modules.
    """
    try:
        documents = load_documents(data)
    except YamlProblem as problem:
        found = Problem("parse", problem.message, line=problem.line, column=problem.column)
        return FileResult([Verdict(0, problem.line, "yaml-error", problem=found)], [found])
    result = FileResult()
    aborted = False
    for document in documents:
        if aborted:
            result.verdicts.append(Verdict(document.index, document.line, "not-reached"))
            continue
        aborted = strict and bool(document.problem and document.problem.fatal)
        verdict = judge(document, url=url, read=read, kinds=kinds, strict=strict)
        result.verdicts.append(verdict)
        if verdict.problem and verdict.problem.stage in {"parse", "envelope"}:
            result.errors.append(verdict.problem)
        if strict and document.problem and document.problem.swallows:
            break
    _point_at_lines(result, data)
    return result


def judge(document: YamlDocument, *, url: str, read: Read | None, kinds: Kinds, strict: bool = False) -> Verdict:
    """The verdict on one document."""
    if document.problem:
        problem = Problem("parse", document.problem.message, line=document.problem.line, column=document.problem.column)
        return Verdict(document.index, document.line, "yaml-error", problem=problem)
    if document.value is None:
        return Verdict(document.index, document.line, "empty")
    if not isinstance(document.value, dict):
        problem = Problem(
            "parse", f"Expected object at root, got {_js_type(document.value)}", line=document.line, column=1
        )
        return Verdict(document.index, document.line, "not-object", problem=problem)
    verdict = Verdict(document.index, document.line, "invalid", raw=document.value)
    verdict.problem = _judge_entity(verdict, document.value, url, read, kinds, strict)
    if verdict.problem is None:
        verdict.outcome = "valid"
    elif read is None and _depends_on_files(document.value, verdict.problem):
        verdict.outcome = "undetermined"
    return verdict


def _judge_entity(
    verdict: Verdict, raw: dict[str, Any], url: str, read: Read | None, kinds: Kinds, strict: bool
) -> Problem | None:
    if problem := check_envelope(raw):
        return problem
    known = CORE_PLACEHOLDERS if strict else PLACEHOLDERS
    verdict.ref = str(
        EntityRef(raw["kind"], raw["metadata"].get("namespace", DEFAULT_NAMESPACE), raw["metadata"]["name"])
    )
    verdict.placeholders = names_in(raw, known)
    try:
        document, resolution = resolve(raw, url=url, read=read, known=known)
    except BadPlaceholder as error:
        return Problem("preprocess", error.message, error.path)
    verdict.placeholder_reads = tuple(sorted(set(resolution.reads)))
    document = normalised(document)
    if problem := check_policies(document) or check_kind(document, kinds):
        return problem
    ref = EntityRef(document["kind"], document["metadata"]["namespace"], document["metadata"]["name"])
    spec = document["spec"]
    if document["kind"] == "Location":
        verdict.location_reads, problem = location_reads(spec, url)
        if problem:
            return problem
    try:
        relations = relate(ref, spec, kinds[document["kind"]])
    except BadRelation as error:
        return Problem("relations", error.message, error.path, "Write kind:namespace/name.")
    verdict.entity = ValidEntity(ref, document, relations, verdict.line)
    return None


def normalised(document: dict[str, Any]) -> dict[str, Any]:
    """``document`` with its namespace filled in and its unordered lists sorted; the input stays as it is."""
    metadata = {"namespace": DEFAULT_NAMESPACE, **document["metadata"]}
    if "annotations" in metadata:
        given = metadata["annotations"] or {}
        metadata["annotations"] = {key: value for key, value in given.items() if key not in PROVENANCE}
    copy = {**document, "metadata": metadata}
    if isinstance(spec := document.get("spec"), dict):
        ordered = {key: sorted(spec[key], key=_code_units) for key in SORTED_FIELDS if _is_text_list(spec.get(key))}
        copy["spec"] = {**spec, **ordered}
    return copy


def _code_units(text: str) -> bytes:
    """Sorts as JavaScript does."""
    return text.encode("utf-16-be", "surrogatepass")


def _is_text_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _depends_on_files(raw: dict[str, Any], problem: Problem) -> bool:
    """Whether the problem lies where a ``$yaml`` or ``$json`` file that was not read would stand."""
    if problem.stage != "kind":
        return False
    data = [path for path, key, _ in placeholders_in(raw) if key in {"$yaml", "$json"}]
    return any(problem.path[: len(path)] == path or path[: len(problem.path)] == problem.path for path in data)


def _js_type(value: Any) -> str:
    names: dict[type, str] = {str: "string", bool: "boolean", int: "number", float: "number", list: "array"}
    return names.get(type(value), type(value).__name__)


def _point_at_lines(result: FileResult, data: bytes) -> None:
    """Give problems their line and column. The file is read again for it, which only bad files pay for."""
    if not any(verdict.problem and not verdict.problem.line for verdict in result.verdicts):
        return
    places = [document.positions for document in load_documents(data, positions=True)]
    for verdict in result.verdicts:
        if verdict.problem and not verdict.problem.line and verdict.index < len(places):
            line, column = _nearest(places[verdict.index], verdict.problem.path) or (verdict.line, 1)
            placed = dataclasses.replace(verdict.problem, line=line, column=column)
            result.errors = [placed if error is verdict.problem else error for error in result.errors]
            verdict.problem = placed


def _nearest(places: dict[Path, tuple[int, int]], path: Path) -> tuple[int, int] | None:
    """The place of ``path``, or of the closest thing around it."""
    for end in range(len(path), -1, -1):
        if path[:end] in places:
            return places[path[:end]]
    return None
