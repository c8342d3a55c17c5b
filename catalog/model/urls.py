"""Addresses in repositories, resolved as Backstage's integrations do. Pure."""

import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from catalog.model.whatwg import cleaned, is_absolute_url, without_dots

_GITHUB = re.compile(r"^(?:www\.)?github\.[^/]+$")
_RAW_GITHUB = "raw.githubusercontent.com"
_TYPE = re.compile(r"^(/[^/]+/[^/]+)/(?:blob|tree|edit)/")
_ANY_TYPE = re.compile(r"(//[^/]+/[^/]+/[^/]+)/(?:blob|tree|edit)/")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PLAIN_IN_PATH = "%/:@!$&'()*+,;=[]|~^"
#: What a path may not have as it is, and line ends and tabs, which a URL does not mean.
_IN_PATH = str.maketrans({"?": "%3F", "#": "%23", "\\": "/", "\t": "", "\r": "", "\n": ""})
_PLAIN_IN_MARK = _PLAIN_IN_PATH + "?#{}\\"
_FILE_MARKS = frozenset({"blob", "tree", "src", "raw", "edit"})
_ROOT = re.compile(r"^(/[^/]+/[^/]+(?:/[^/]+)*?/(?:blob|tree|edit|raw|src)/[^/]+)/")


def parts_of(address: str) -> SplitResult:
    """The parts of an address; one that has none that make sense is all path."""
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", address, "", "")


def _joined(base: str, target: str) -> str:
    try:
        return urljoin(base, target)
    except ValueError:
        return target


def is_url(text: str) -> bool:
    """Whether ``text`` is an absolute http or https address."""
    return parts_of(text).scheme in {"http", "https"}


def is_address(text: str) -> bool:
    """Whether ``text`` is a URL that files can be told relative to: of the web, or of a repository on this machine."""
    return is_url(text) or text.startswith("file://")


def resolve_url(target: str, base: str) -> str:
    """The address that ``target`` means in the file at ``base``.

    A leading slash means the root of the repository on a Git host. Files on GitHub give ``/tree/`` addresses. What
    looks like a URL and is none stays as it is.
    """
    if not is_address(base):
        address = target if is_url(target) else _joined(base, target)
    elif is_url(target) or _SCHEME.match(target):
        if not is_absolute_url(target):
            return target
        address = target
    else:
        address = _relative(target, parts_of(base))
    return _ANY_TYPE.sub(r"\1/tree/", address, count=1) if _GITHUB.match(parts_of(base).netloc) else address


def _relative(target: str, base: SplitResult) -> str:
    """The address of what ``target`` names beside ``base``, or in its repository if it begins with a slash."""
    root = _ROOT.match(base.path)
    if target.startswith("/") and root:
        path = root.group(1) + target.translate(_IN_PATH)
        mark = ""
    else:
        rest, _, mark = cleaned(target).partition("#")
        path = rest.split("?", 1)[0].replace("\\", "/")
        if not path:
            path = base.path
        elif not path.startswith("/"):
            path = f"{base.path.rpartition('/')[0]}/{path}"
    path = quote(without_dots(path), safe=_PLAIN_IN_PATH)
    return urlunsplit(base._replace(path=path, fragment=quote(mark, safe=_PLAIN_IN_MARK)))


def as_tree(address: str) -> str:
    """A GitHub address with ``/tree/`` for ``/blob/``; every other address as it is."""
    parts = parts_of(address)
    if not _GITHUB.match(parts.netloc):
        return address
    return urlunsplit(parts._replace(path=_TYPE.sub(r"\1/tree/", parts.path)))


def raw_address(address: str) -> str:
    """Where the content of a file that people look at on GitHub or GitLab can be read."""
    parts = parts_of(address)
    if parts.netloc in {"github.com", "www.github.com"} and (match := _TYPE.match(parts.path)):
        path = f"{match.group(1)}/{parts.path[match.end() :]}"
        return urlunsplit(parts._replace(netloc=_RAW_GITHUB, path=path))
    if re.search(r"/-?/?blob/", parts.path) and parts.netloc.startswith("gitlab."):
        return urlunsplit(parts._replace(path=re.sub(r"(/-)?/blob/", "/-/raw/", parts.path, count=1)))
    return address


def same_repository(one: str, other: str) -> bool:
    """Whether two addresses may lie in one repository: false only when both name a file of different ones.

    An address names a file of a repository when it has a part such as ``/blob/`` after owner and name; the reading
    is git-url-parse's, which Backstage uses.
    """
    repositories = [_repository_of_file(address) for address in (one, other)]
    return None in repositories or repositories[0] == repositories[1]


def _repository_of_file(address: str) -> tuple[str, str] | None:
    parts = parts_of(address)
    names = [name for name in parts.path.split("/") if name]
    marks = [index for index, name in enumerate(names) if index >= 2 and name in _FILE_MARKS]
    if not marks:
        return None
    first = marks[0] - 1 if names[marks[0] - 1] == "-" else marks[0]
    has_path = len(names) > marks[0] + 2
    return (parts.netloc.lower(), "/".join(names[:first])) if has_path and first >= 2 else None
