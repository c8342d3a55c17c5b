"""A repository of the fake GitHub: its branches, and what the API answers about it and does to it."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from integrations.fake_rest import Asked, Reply

NOT_FOUND = Reply(404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"})


@dataclass(slots=True)
class FakeRepository:
    """A repository: ``branches`` hold files by path. ``push`` changes them as a push does."""

    id: int
    owner: str
    name: str
    branches: dict[str, dict[str, str]] = field(default_factory=dict)
    default_branch: str = "main"
    pushed_at: str = "2026-01-01T00:00:00Z"
    topics: tuple[str, ...] = ()
    visibility: str = "public"
    fork: bool = False
    archived: bool = False
    truncated: bool = False
    #: Pull requests as they were asked for.
    pulls: list[dict[str, Any]] = field(default_factory=list)

    def push(self, files: dict[str, str], branch: str = "") -> None:
        """Put ``files`` on a branch, in the place of what was there."""
        moment = datetime.fromisoformat(self.pushed_at) + timedelta(minutes=1)
        self.pushed_at = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.branches[branch or self.default_branch] = files

    def shape(self) -> dict[str, Any]:
        """As a list of repositories has it."""
        return {
            "id": self.id,
            "node_id": f"R_{self.id}",
            "name": self.name,
            "full_name": f"{self.owner}/{self.name}",
            "private": self.visibility != "public",
            "owner": {"login": self.owner, "id": 1, "type": "Organization"},
            "html_url": f"https://github.com/{self.owner}/{self.name}",
            "description": None,
            "fork": self.fork,
            "archived": self.archived,
            "disabled": False,
            "visibility": self.visibility,
            "topics": list(self.topics),
            "default_branch": self.default_branch,
            "pushed_at": self.pushed_at,
            "updated_at": self.pushed_at,
            "created_at": "2025-01-01T00:00:00Z",
        }


def content(repository: FakeRepository, path: str, asked: Asked) -> Reply:
    files = repository.branches.get(asked.query.get("ref", repository.default_branch), {})
    if path not in files:
        return NOT_FOUND
    data = files[path].encode()
    if "raw" in asked.headers.get("accept", ""):
        return Reply(200, data, {"Content-Type": "application/vnd.github.raw+json; charset=utf-8"})
    content = base64.encodebytes(data).decode()
    about = {"type": "file", "encoding": "base64", "size": len(data), "name": path.rpartition("/")[2], "path": path}
    return Reply(200, {**about, "content": content, "sha": _sha(data)})


def written(repository: FakeRepository, asked: Asked, parts: list[str]) -> Reply:
    """Branches, files and pull requests as they are made; what was pushed to ``repository`` holds them from then on."""
    body = asked.body or {}
    match asked.method, parts:
        case "POST", ["git", "refs"]:
            return _new_branch(repository, str(body["ref"]).removeprefix("refs/heads/"), body["sha"])
        case "DELETE", ["git", "refs", "heads", *branch]:
            repository.branches.pop("/".join(branch), None)
            return Reply(204)
        case "PUT", ["contents", *path]:
            return _put(repository, "/".join(path), body)
        case "POST", ["pulls"]:
            repository.pulls.append(body)
            return Reply(201, pull_of(repository, len(repository.pulls)))
    return NOT_FOUND


def _new_branch(repository: FakeRepository, branch: str, commit: str) -> Reply:
    if branch in repository.branches:
        return Reply(422, {"message": "Reference already exists", "status": "422"})
    origin = next((one for one in repository.branches if commit_of(repository, one) == commit), None)
    if origin is None:
        return Reply(422, {"message": "Object does not exist", "status": "422"})
    repository.branches[branch] = dict(repository.branches[origin])
    return Reply(201, {"ref": f"refs/heads/{branch}", "object": {"type": "commit", "sha": commit}})


def _put(repository: FakeRepository, path: str, body: dict[str, Any]) -> Reply:
    files = repository.branches.get(body["branch"])
    if files is None:
        return NOT_FOUND
    if path in files and body.get("sha") != _sha(files[path].encode()):
        return Reply(409, {"message": f"{path} does not match {body.get('sha')}", "status": "409"})
    files[path] = base64.b64decode(body["content"]).decode()
    return Reply(200, {"content": {"path": path}, "commit": {"message": body["message"], "author": body["author"]}})


def tree(repository: FakeRepository, ref: str) -> Reply:
    if not repository.branches:
        return Reply(409, {"message": "Git Repository is empty."})
    if ref not in repository.branches:
        return NOT_FOUND
    files = [
        {"path": path, "mode": "100644", "type": "blob", "sha": _sha(text.encode()), "size": len(text)}
        for path, text in repository.branches[ref].items()
    ]
    return Reply(200, {"sha": commit_of(repository, ref), "tree": files, "truncated": repository.truncated})


def commit_of(repository: FakeRepository, ref: str) -> str:
    return _sha(repr((repository.pushed_at, sorted(repository.branches[ref].items()))).encode())


def _sha(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def pull_of(repository: FakeRepository, number: int) -> dict[str, Any]:
    """A pull request, counted from 1."""
    where = f"https://github.com/{repository.owner}/{repository.name}/pull/{number}"
    return {"number": number, "html_url": where, "state": "open"}


def pulls_of(repository: FakeRepository, head: str) -> list[dict[str, Any]]:
    """The pull requests of the branch ``head``, which is named with its owner."""
    wanted = head.removeprefix(f"{repository.owner}:")
    return [pull_of(repository, n) for n, asked in enumerate(repository.pulls, 1) if asked["head"] == wanted]
