"""What git says when it fails, in our words. Pure."""

import re

from common.errors import CairnError, NotFound, ProviderError

_LOGIN = re.compile(
    r"could not read Username|Authentication failed|terminal prompts disabled|Permission denied \(|HTTP Basic: Access"
    r"|The requested URL returned error: (?:401|403)|Host key verification failed",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"repository .* not found|does not appear to be a git repository|does not exist|error: 404|not found$",
    re.IGNORECASE | re.MULTILINE,
)
_GONE = re.compile(
    r"Could not resolve host|Failed to connect|Connection (?:refused|timed out|reset)|No route to host|early EOF"
    r"|unexpected disconnect|the remote end hung up|SSL|error: 5\d\d|Operation too slow|Recv failure",
    re.IGNORECASE,
)
_MOVED = re.compile(r"error: 30[1278]|redirect", re.IGNORECASE)
_BROKEN = re.compile(
    r"not a git repository|bad object|loose object|corrupt|object file|index-pack failed|shallow file"
    r"|unable to read|missing (?:blob|tree|commit)|pack .* (?:is|has)|bad pack|inflate|packfile|object .* is missing",
    re.IGNORECASE,
)
NO_REF = re.compile(r"couldn't find remote ref|not our ref|no such remote ref|unadvertised object|invalid refspec")


def is_broken_cache(stderr: str) -> bool:
    """Whether the copy on this machine is the trouble, so that a new one may help."""
    return bool(_BROKEN.search(stderr)) and not _GONE.search(stderr)


def failure(url: str, stderr: str) -> CairnError:
    """The error to show for git's words about ``url``."""
    if _LOGIN.search(stderr):
        return ProviderError(
            f"{url} asks who we are.",
            permanent=True,
            id="login-needed",
            hint="Give its host a token under integrations in app-config.yaml; for ssh, the portal's user needs a key"
            " and the host in known_hosts.",
        )
    if _MOVED.search(stderr):
        hint = "Register the address that it has now; redirects are not followed."
        return ProviderError(f"{url} has moved.", permanent=True, id="repository-moved", hint=hint)
    if _MISSING.search(stderr):
        hint = "Check the address. A private repository shows itself only to a token under integrations."
        return NotFound(f"There is no repository at {url}.", id="no-repository", hint=hint)
    if _GONE.search(stderr):
        hint = "It is tried again at the next sync."
        return ProviderError(f"{url} does not answer: {_last(stderr)}", permanent=False, id="no-answer", hint=hint)
    return ProviderError(f"git could not read {url}: {_last(stderr)}", permanent=False, id="git-failed")


def no_ref(url: str, ref: str) -> NotFound:
    """For a branch, tag or commit that is not there."""
    hint = "Check the option ref; leave it out for the default branch."
    return NotFound(f"{url} has no branch, tag or commit {ref or 'HEAD'}.", id="no-ref", hint=hint)


def _last(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    said = next((line for line in reversed(lines) if line.startswith(("fatal:", "error:"))), lines[-1] if lines else "")
    return re.sub(r"//[^/@\s]+@", "//", said.removeprefix("fatal: ").removeprefix("error: "))[:300] or "it says nothing"
