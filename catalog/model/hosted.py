"""Files of repositories by the address of the page that shows them. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

_PAGE = re.compile(r"^/(?P<repository>[^/]+(?:/[^/]+)*?)/(?:-/)?(?:blob|tree|edit|raw)/(?P<ref>[^/]+)/(?P<path>.+)$")
_RAW = re.compile(r"^/(?P<repository>[^/]+/[^/]+)/(?:refs/heads/)?(?P<ref>[^/]+)/(?P<path>.+)$")
_RAW_GITHUB = "raw.githubusercontent.com"
_PLAIN = "/:@!$&'()*+,;=~^|[]"


@dataclass(frozen=True, slots=True)
class HostedFile:
    """A file at a ref of a repository; ``host`` may hold a port and is empty for a repository of this machine."""

    host: str
    repository: str
    ref: str
    path: str


def hosted_file(address: str) -> HostedFile | None:
    """The file that the page at ``address`` shows, on GitHub, GitLab and hosts like them; None for other addresses."""
    parts = urlsplit(address)
    host = parts.netloc.lower().removeprefix("www.")
    match = (_RAW if host == _RAW_GITHUB else _PAGE).match(parts.path)
    if parts.scheme not in {"http", "https", "file"} or not match:
        return None
    host = "github.com" if host == _RAW_GITHUB else host
    return HostedFile(host, *(unquote(match[name]) for name in ("repository", "ref", "path")))


def page_root(repository: str, ref: str, *, gitlab: bool = False) -> str:
    """What the addresses of all files at ``ref`` begin with; ``repository`` is the address of its page.

    A ref with a slash keeps it as ``%2F``, so that where the path begins can be told.
    """
    return f"{repository}/{'-/blob' if gitlab else 'tree'}/{quote(ref, safe='')}/"


def page_of(root: str, path: str) -> str:
    """The address of ``path`` below a :func:`page_root`."""
    return root + quote(path, safe=_PLAIN)
