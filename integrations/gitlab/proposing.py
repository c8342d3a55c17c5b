"""A change to a file of GitLab as a merge request."""

import base64
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from common.errors import CairnError, NotFound
from integrations.gitlab.client import GitLab
from integrations.payload import field, text
from integrations.proposing import Change, Opened, branch_taken, changed_meanwhile, no_branch, refusal


class ProposingGitLab(GitLab):
    """Asks with a token that may write to repositories and make merge requests."""

    def open_file(self, project: str, path: str, branch: str) -> Opened:
        """A file as it is on ``branch`` now; NotFound when it is not there."""
        query = urlencode({"ref": branch})
        where = f"{_project(project)}/repository/files/{quote(path, safe='')}?{query}"
        answer = self._rest.json(where, keep=False)
        return Opened(base64.b64decode(field(answer, "content")), field(answer, "last_commit_id"))

    def propose(self, project: str, change: Change, opened: Opened) -> str:
        """The address of a merge request with ``change``, which was made of ``opened``.

        CairnError says what GitLab refused, and whether the file was changed meanwhile; nothing is left behind then.
        """
        self._commit(project, change, opened)
        asked = {
            "source_branch": change.branch,
            "target_branch": change.base,
            "title": change.title,
            "description": change.words,
            "remove_source_branch": True,
        }
        try:
            status, answer = self._rest.send("POST", f"{_project(project)}/merge_requests", asked)
            self._require_made(project, status, answer)
        except CairnError:
            with suppress(CairnError):
                self._rest.send("DELETE", f"{_project(project)}/repository/branches/{quote(change.branch, safe='')}")
            raise
        return str(field(answer, "web_url"))

    def _commit(self, project: str, change: Change, opened: Opened) -> None:
        try:
            self._rest.json(f"{_project(project)}/repository/branches/{quote(change.base, safe='')}", keep=False)
        except NotFound:
            raise no_branch(project, change.base) from None
        action = {
            "action": "update",
            "file_path": change.path,
            "content": base64.b64encode(change.content).decode(),
            "encoding": "base64",
            "last_commit_id": opened.mark,
        }
        asked = {
            "branch": change.branch,
            "start_branch": change.base,
            "commit_message": change.message,
            "author_name": change.author.name,
            "author_email": change.author.email,
            "actions": [action],
        }
        status, answer = self._rest.send("POST", f"{_project(project)}/repository/commits", asked)
        said = _said(answer) if status == HTTPStatus.BAD_REQUEST else ""
        if "has changed since" in said:
            raise changed_meanwhile(project, change.path)
        if "already exists" in said:
            raise branch_taken(project, change.branch, self._proposed_before(project, change.branch))
        self._require_made(project, status, answer)

    def _proposed_before(self, project: str, branch: str) -> str:
        """The merge request of a branch that is there already; empty when there is none, or none is shown."""
        query = urlencode({"source_branch": branch, "state": "opened"})
        try:
            found = self._rest.json(f"{_project(project)}/merge_requests?{query}", keep=False)
        except CairnError:
            return ""
        return text(found[0], "web_url") if isinstance(found, list) and found else ""

    def _require_made(self, project: str, status: int, answer: Any) -> None:
        if status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
            raise refusal("gitlab", self._rest.host, project, status, _said(answer))


def _project(path: str) -> str:
    return f"/projects/{quote(path, safe='')}"


def _said(answer: Any) -> str:
    """GitLab's message, which is a text or a list of them."""
    found = answer.get("message") if isinstance(answer, dict) else None
    return " ".join(str(one) for one in found) if isinstance(found, list) else text(answer, "message")
