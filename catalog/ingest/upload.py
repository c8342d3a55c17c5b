"""What somebody uploads, a table, JSON or YAML, as verdicts with row or line. Pure but for ``read``, which is given."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from catalog.ingest.documents import FileResult, Problem, Verdict
from catalog.ingest.file import judge, process_file
from catalog.ingest.resolve import Read
from catalog.ingest.table import MOST_ROWS, BadTable, Row, rows_of
from catalog.model.kinds import Kinds
from common.yaml12 import YamlDocument

MOST_BYTES = 5 * 1024 * 1024
FORMATS = ("csv", "json", "yaml")
_BY_TYPE = {"text/csv": "csv", "text/tab-separated-values": "csv", "application/json": "json"}
_BY_SUFFIX = {"csv": "csv", "tsv": "csv", "json": "json", "yaml": "yaml", "yml": "yaml"}


def format_of(name: str, content_type: str = "") -> str:
    """How a file is written, by its name and else by its type; empty when neither tells."""
    plain = content_type.partition(";")[0].strip().lower()
    by_type = "yaml" if plain.endswith(("/yaml", "x-yaml", "+yaml")) else _BY_TYPE.get(plain, "")
    return _BY_SUFFIX.get(name.rpartition(".")[2].lower(), "") or by_type


def text_of(data: bytes) -> str:
    """The text of a file as spreadsheets write them; BadTable for what is none."""
    if len(data) > MOST_BYTES:
        raise BadTable(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding).replace("\x00", "\ufffd")
    except UnicodeDecodeError:
        raise BadTable("The file is not UTF-8. Save it as “CSV UTF-8”.") from None


def judged_upload(text: str, format: str, *, address: str, read: Read, kinds: Kinds) -> FileResult:
    """Verdicts whose lines are rows of a table, places in a list of JSON, or lines of YAML.

    BadTable when the text as a whole cannot be used.
    """
    if format == "yaml":
        result = process_file(text.encode(), url=address, read=read, kinds=kinds)
    else:
        rows = rows_of(text, kinds) if format == "csv" else _rows_of_json(text)
        result = FileResult([_judged(row, address, read, kinds) for row in rows])
    for verdict in result.verdicts:
        if verdict.location_reads:
            _refuse(verdict, "Nobody reads what a Location in an uploaded file names.", "Register its address instead.")
    return result


def _rows_of_json(text: str) -> Iterator[Row]:
    try:
        value: Any = _storable(json.loads(text), text)
    except json.JSONDecodeError as error:
        raise BadTable(f"It is not JSON: {error.msg}, line {error.lineno}.") from None
    except (ValueError, RecursionError):
        raise BadTable("It is not JSON that can be read.") from None
    if isinstance(value, dict) and "kind" not in value and isinstance(value.get("items"), list):
        value = value["items"]
    items = value if isinstance(value, list) else [value]
    if len(items) > MOST_ROWS:
        raise BadTable(f"The list has more than {MOST_ROWS:,} entities.")
    for number, item in enumerate(items, start=1):
        yield Row(number, item) if isinstance(item, dict) else Row(number, {}, "is no object")


def _storable(value: Any, text: str) -> Any:
    """``value`` without what no database keeps, which JSON can write by escapes only."""
    if "\\u" not in text:
        return value
    plain = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
    return json.loads(plain.replace("\\u0000", "\ufffd"))


def _judged(row: Row, address: str, read: Read, kinds: Kinds) -> Verdict:
    if row.error:
        problem = Problem("parse", f"The row {row.error}" if row.error[0].islower() else row.error, line=row.number)
        return Verdict(row.number, row.number, "yaml-error", problem=problem)
    served = ("relations", "status")  # of an entity that somebody got from the API
    value = {key: item for key, item in row.document.items() if key not in served}
    verdict = judge(YamlDocument(row.number, row.number, value), url=address, read=read, kinds=kinds)
    if verdict.problem:
        verdict.problem = dataclasses.replace(verdict.problem, line=row.number, column=0)
    return verdict


def _refuse(verdict: Verdict, message: str, hint: str) -> None:
    verdict.problem = Problem("location", message, ("spec",), hint, line=verdict.line)
    verdict.outcome, verdict.entity, verdict.location_reads = "invalid", None, ()
