"""What proposing a change to a file is made of, wherever the file is, and how Git hosts refuse it. Pure."""

from dataclasses import dataclass
from http import HTTPStatus

from common.errors import CairnError, Conflict, NotFound, ProviderError, UserError

_RIGHTS = {
    "github": "it needs Contents and Pull requests, both to read and write",
    "gitlab": "it needs the scope api and the role Developer",
}


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a change."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as it is on a branch now; ``mark`` tells the host which version was read."""

    content: bytes
    mark: str


@dataclass(frozen=True, slots=True)
class Change:
    """One file with new contents, to be put on the new branch ``branch``, which leaves ``base``."""

    path: str
    content: bytes
    branch: str
    base: str
    author: Author
    title: str
    words: str = ""

    @property
    def message(self) -> str:
        """What the commit says."""
        return f"{self.title}\n\n{self.words}".strip() + "\n"


def branch_taken(repository: str, branch: str, where: str = "") -> Conflict:
    """For a branch of this name that is there already, which the same change has made; ``where`` shows it."""
    look = f"look at {where}" if where else "look for it there"
    hint = f"The same change has been proposed before: {look}, or delete the branch and propose again."
    return Conflict(f"{repository} has a branch {branch} already.", id="already-proposed", hint=hint)


def changed_meanwhile(repository: str, path: str) -> Conflict:
    """For a file of which there is a newer version than the one that was changed."""
    hint = "Nothing was proposed. Look at it as it is now, and propose again."
    return Conflict(f"{path} of {repository} was changed meanwhile.", id="changed-meanwhile", hint=hint)


def no_branch(repository: str, ref: str) -> UserError:
    """For a file that is read at a tag or a commit."""
    message = f"{repository} is read at {ref}, which is no branch."
    return UserError(message, id="no-branch", hint="Change the file on a branch in its repository.")


def refusal(brand: str, host: str, repository: str, status: int, said: str) -> CairnError:
    """What a host's refusal to take a change means; ``said`` is its own words."""
    shown = " ".join(said.split())[:200].rstrip(".")
    words = f" It says: {shown}." if shown else ""
    if status == HTTPStatus.UNAUTHORIZED:
        hint = "The token under integrations in app-config.yaml is wrong or has expired."
        return ProviderError(f"{host} answered 401.{words}", permanent=True, id="login-refused", hint=hint)
    if status == HTTPStatus.FORBIDDEN:
        hint = f"Look at the token under integrations in app-config.yaml: {_RIGHTS[brand]}. Or change the file there."
        message = f"{host} does not let the portal change {repository}.{words}"
        return ProviderError(message, permanent=True, id="push-forbidden", hint=hint)
    if status == HTTPStatus.NOT_FOUND:
        hint = f"It was moved or taken away, or the token may not write there: {_RIGHTS[brand]}."
        return NotFound(f"{host} shows no {repository} that the portal could change.", id="no-repository", hint=hint)
    if status == HTTPStatus.CONFLICT:
        return Conflict(f"{repository} has changed meanwhile.{words}", id="changed-meanwhile", hint="Propose again.")
    if status in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.BAD_REQUEST}:
        hint = "Rules of the repository may forbid it; change the file there."
        return UserError(f"{host} does not take the change.{words}", id="proposal-refused", hint=hint)
    message = f"{host} answered {status}.{words}"
    return ProviderError(message, permanent=False, id=f"answered-{status}", hint="Try again in a while.")
