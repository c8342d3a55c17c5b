"""A change to a file of GitHub as a pull request."""

import base64
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from common.errors import CairnError, NotFound, UserError
from integrations.github.client import GitHub, content_path
from integrations.payload import field, text
from integrations.proposing import Change, Opened, branch_taken, changed_meanwhile, no_branch, refusal


class ProposingGitHub(GitHub):
    """Asks with a token that may write contents and pull requests."""

    def open_file(self, full_name: str, path: str, branch: str) -> Opened:
        """A file as it is on ``branch`` now; NotFound when it is not there."""
        answer = self._rest.json(content_path(full_name, path, branch), keep=False)
        if text(answer, "encoding") != "base64":
            hint = "Change it in its repository."
            raise UserError(f"{path} is too large for a page, or no file.", id="too-large", hint=hint)
        return Opened(base64.b64decode(field(answer, "content")), field(answer, "sha"))

    def propose(self, full_name: str, change: Change, opened: Opened) -> str:
        """The address of a pull request with ``change``, which was made of ``opened``.

        CairnError says what GitHub refused, and whether the file was changed meanwhile; nothing is left behind then.
        """
        self._start_branch(full_name, change)
        try:
            self._put(full_name, change, opened)
            asked = {"title": change.title, "body": change.words, "head": change.branch, "base": change.base}
            made = self._sent("POST", full_name, "pulls", asked)
        except CairnError:
            with suppress(CairnError):
                self._rest.send("DELETE", f"/repos/{quote(full_name)}/git/refs/heads/{quote(change.branch)}")
            raise
        return str(field(made, "html_url"))

    def _start_branch(self, full_name: str, change: Change) -> None:
        head = f"/repos/{quote(full_name)}/git/ref/heads/{quote(change.base)}"
        try:
            commit = field(self._rest.json(head, keep=False), "object", "sha")
        except NotFound:
            raise no_branch(full_name, change.base) from None
        asked = {"ref": f"refs/heads/{change.branch}", "sha": commit}
        status, answer = self._rest.send("POST", f"/repos/{quote(full_name)}/git/refs", asked)
        if status == HTTPStatus.UNPROCESSABLE_ENTITY and "already exists" in text(answer, "message"):
            raise branch_taken(full_name, change.branch, self._proposed_before(full_name, change.branch))
        self._require_made(full_name, status, answer)

    def _proposed_before(self, full_name: str, branch: str) -> str:
        """The pull request of a branch that is there already; empty when there is none, or none is shown."""
        query = urlencode({"head": f"{full_name.partition('/')[0]}:{branch}", "state": "open"})
        try:
            found = self._rest.json(f"/repos/{quote(full_name)}/pulls?{query}", keep=False)
        except CairnError:
            return ""
        return text(found[0], "html_url") if isinstance(found, list) and found else ""

    def _put(self, full_name: str, change: Change, opened: Opened) -> None:
        asked = {
            "message": change.message,
            "content": base64.b64encode(change.content).decode(),
            "sha": opened.mark,
            "branch": change.branch,
            "author": {"name": change.author.name, "email": change.author.email},
        }
        path = f"/repos/{quote(full_name)}/contents/{quote(change.path)}"
        status, answer = self._rest.send("PUT", path, asked)
        if status == HTTPStatus.CONFLICT:
            raise changed_meanwhile(full_name, change.path)
        self._require_made(full_name, status, answer)

    def _sent(self, method: str, full_name: str, what: str, body: Any) -> Any:
        status, answer = self._rest.send(method, f"/repos/{quote(full_name)}/{what}", body)
        self._require_made(full_name, status, answer)
        return answer

    def _require_made(self, full_name: str, status: int, answer: Any) -> None:
        if status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
            raise refusal("github", self._rest.host, full_name, status, _said(answer))


def _said(answer: Any) -> str:
    """GitHub's message with its details."""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    details = [text(one, "message") for one in errors] if isinstance(errors, list) else []
    return ": ".join([text(answer, "message"), *filter(None, details)])
