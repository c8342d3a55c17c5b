"""Addresses of repositories, taken apart. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from common.errors import FieldError, UserError

_SCP = re.compile(r"^(?P<user>[\w.-]+)@(?P<host>[\w.-]+):(?P<path>[^/].*)$")
_NAME = re.compile(r"^[A-Za-z0-9_.][\w.-]*$")
_HOST = re.compile(r"^[A-Za-z0-9_.\[:][\w.:\]-]*$")
SCHEMES = ("https", "http", "ssh", "file")


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository's address. ``url`` is what git is given; ``path`` has no ``.git`` and no slash at either end."""

    url: str
    scheme: str
    host: str = ""
    port: int | None = None
    path: str = ""

    @property
    def page(self) -> str:
        """The address that people open for it: SSH remotes are looked at over https. A local path stays a file URL."""
        if self.scheme == "file":
            return f"file:///{self.path}"
        scheme = "http" if self.scheme == "http" else "https"
        port = f":{self.port}" if self.port and self.scheme != "ssh" else ""
        return f"{scheme}://{self.host}{port}/{self.path}"

    @property
    def netloc(self) -> str:
        """Host and port as app-config.yaml names a host."""
        return f"{self.host}:{self.port}" if self.port and self.scheme != "ssh" else self.host


def parse_remote(text: str) -> Remote:
    """``https://…``, ``ssh://…``, ``user@host:path`` or ``file:///…`` as a Remote; UserError for anything else."""
    text = text.strip()
    if scp := _SCP.match(text):
        return parse_remote(f"ssh://{scp['user']}@{scp['host']}/{scp['path']}")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _refused(f"{text} is no address of a repository.") from None
    path = re.sub(r"\.git/*$", "", unquote(parts.path).rstrip("/")).strip("/")
    if parts.scheme not in SCHEMES or not path or ".." in path.split("/"):
        raise _refused(f"{text} is no address of a repository.")
    if parts.scheme == "file":
        if parts.netloc:
            raise _refused(f"{text} names a host, and a file has none.", "Write three slashes: file:///srv/repository.")
        return Remote(f"file://{unquote(parts.path)}", "file", path=path)
    if not parts.hostname or not _HOST.match(parts.hostname):
        raise _refused(f"{text} names no host.")
    if parts.password or (parts.username and parts.scheme != "ssh"):
        hint = "Put the token of the host under integrations in app-config.yaml instead."
        raise _refused(f"The address of {parts.hostname} holds a password.", hint)
    if parts.username and not _NAME.match(parts.username):
        raise _refused(f"{parts.username} is no name of a user.")
    return Remote(parts._replace(query="", fragment="").geturl(), parts.scheme, parts.hostname, port, path)


def _refused(message: str, hint: str = "") -> UserError:
    way_out = hint or "It begins with https://, ssh:// or file:/// and names a repository."
    return UserError(message, id="bad-repository", hint=way_out, fields=[FieldError("target", message)])
