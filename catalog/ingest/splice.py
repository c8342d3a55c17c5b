"""One document of a file, taken out as people wrote it and put back; all else stays to the byte. Pure."""

import re
from dataclasses import dataclass
from itertools import pairwise

from catalog.ingest.validate import check_envelope
from catalog.model.refs import DEFAULT_NAMESPACE, EntityRef
from common.errors import Conflict, FieldError, NotFound, UserError
from common.yaml12 import YamlDocument, YamlProblem, load_documents

_BOM = b"\xef\xbb\xbf"
#: What ends a document wherever it stands; what follows three dashes on their line belongs to the document.
_BREAK = re.compile(rb"^---(?=[ \t\r\n]|\Z)(?:[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z))?", re.MULTILINE)
_END = re.compile(rb"^\.\.\.[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)", re.MULTILINE)
_PARTING = re.compile(r"^(?:---(?=[ \t\r\n]|\Z)|\.\.\.[ \t]*(?:#.*)?$|%)", re.MULTILINE)
#: Characters that no editor shows, and that a file must not be made to hold unseen.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]|\r(?!\n)")
_LINE_END = "\n"


@dataclass(frozen=True, slots=True)
class Part:
    """One document: where it lies in the bytes of its file, and its text, with comments and plain line ends."""

    index: int
    start: int
    end: int
    text: str


def part_of(data: bytes, ref: str) -> Part:
    """The document of the file ``data`` that describes ``ref``, a canonical reference.

    NotFound when none does, Conflict when several do, UserError for a file that is no text.
    """
    found = [document for document in _documents(data) if ref_of(document) == ref]
    if not found:
        hint = "It was changed since the catalog read it; have its source read again."
        raise NotFound(f"The file describes no {ref} any more.", id="not-in-file", hint=hint)
    if len(found) > 1:
        message = f"The file describes {ref} {len(found)} times."
        raise Conflict(message, id="twice-in-file", hint="Take all but one away in the file itself.")
    start, end = _bounds(data, found[0].line)
    try:
        text = data[start:end].decode()
    except UnicodeDecodeError:
        raise UserError("The file is not UTF-8.", id="not-utf-8", hint="Change it in its repository.") from None
    return Part(found[0].index, start, end, text.replace("\r\n", _LINE_END))


def replaced(data: bytes, part: Part, text: str) -> bytes:
    """``data`` with ``text`` in the place of ``part``, which :func:`part_of` took out of it.

    Line ends are those of the file. UserError for a text that would be more than this one document, or that holds
    characters nobody sees; what it says is for others to judge.
    """
    text = text.replace("\r\n", _LINE_END)
    if text == part.text:
        return data
    require_one_document(text)
    made = data[: part.start] + _bytes_of(data, part, text) + data[part.end :]
    _require_only(data, made, part.index)
    return made


def require_one_document(text: str) -> None:
    """UserError for a text with lines that part documents, or with characters that nobody sees."""
    for pattern, what, hint in (
        (_UNSEEN, "holds a character that nobody sees", "Type the line anew."),
        (_PARTING, "parts documents or directs the parser", "Leave the line out; this is one document of its file."),
    ):
        if match := pattern.search(text):
            line = text.count(_LINE_END, 0, match.start()) + 1
            message = f"Line {line} {what}."
            raise UserError(message, id="not-one-document", hint=hint, fields=[FieldError("text", what, line=line)])


def ref_of(document: YamlDocument) -> str:
    """The canonical reference of what a document describes; empty when it describes nothing."""
    value = document.value
    if document.problem or not isinstance(value, dict) or check_envelope(value):
        return ""
    metadata = value["metadata"]
    return str(EntityRef(value["kind"], metadata.get("namespace", DEFAULT_NAMESPACE), metadata["name"]))


def _documents(data: bytes) -> list[YamlDocument]:
    try:
        return load_documents(data)
    except YamlProblem as problem:
        raise UserError(problem.message, id="unreadable-file", hint="Split the file in its repository.") from None


def _bounds(data: bytes, line: int) -> tuple[int, int]:
    """Where the document that begins on ``line`` lies, without the line that parts it from the one before."""
    first = len(_BOM) if data.startswith(_BOM) else 0
    data = data[first:]
    bodies = {match.start(): match.end() for match in _BREAK.finditer(data)}
    ends = [match.end() for match in _END.finditer(data)]
    at = _offset(data, line)
    for start, end in pairwise(sorted({0, len(data), *bodies, *ends})):
        if not start <= at < end:
            continue
        if not _is_prologue(data[start:end]):
            return first + bodies.get(start, start), first + _before_end(data, start, end)
        at = end  # directives stand before the three dashes, and count as part of what follows
    raise UserError("The document has no place in its file.", id="unreadable-file", hint="Change it in its repository.")


def _offset(data: bytes, line: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = data.index(b"\n", at) + 1
    return at


def _is_prologue(part: bytes) -> bool:
    lines = [line for line in part.splitlines() if line.strip()]
    return any(line.startswith(b"%") for line in lines) and all(line.lstrip()[:1] in {b"%", b"#"} for line in lines)


def _before_end(data: bytes, start: int, end: int) -> int:
    """Without the ``...`` that ends the document."""
    found = next(_END.finditer(data, start, end), None)
    return found.start() if found else end


def _bytes_of(data: bytes, part: Part, text: str) -> bytes:
    old = data[part.start : part.end]
    more_follows = part.end < len(data)
    if text and not text.endswith(_LINE_END) and (more_follows or old.endswith(b"\n")):
        text += _LINE_END
    if part.start and data[part.start - 1 : part.start] != b"\n" and data[: part.start] != _BOM:
        text = _LINE_END + text  # what stood beside the three dashes need not be able to stand there
    sample = old if b"\n" in old else data
    windows = sample.count(b"\r\n") * 2 > sample.count(b"\n")
    return text.replace(_LINE_END, "\r\n" if windows else _LINE_END).encode()


def _require_only(before: bytes, after: bytes, index: int) -> None:
    """Whatever the text does to the parser, no other document may become another."""
    old, new = _documents(before), _documents(after)
    same = len(old) == len(new) and all(
        repr(one.value) == repr(two.value) and bool(one.problem) == bool(two.problem)
        for one, two in zip(old, new, strict=True)
        if one.index != index
    )
    if not same:
        message = "The text reaches beyond its own document."
        raise UserError(message, id="not-one-document", hint="Look for an open quote or bracket.")
