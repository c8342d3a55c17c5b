"""GitLab's REST API as far as it is read, from memory, in the shapes that gitlab.com answers."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from integrations.fake_rest import Asked, FakeRest, Reply

_NOT_FOUND = Reply(404, {"message": "404 Not Found"})


@dataclass(slots=True)
class FakeProject:
    """A project: ``branches`` hold files by path."""

    id: int
    path: str
    branches: dict[str, dict[str, str]] = field(default_factory=dict)
    default_branch: str | None = "main"
    topics: tuple[str, ...] = ()
    visibility: str = "private"
    fork: bool = False
    archived: bool = False
    #: Merge requests and commits as they were asked for.
    merges: list[dict[str, Any]] = field(default_factory=list)
    commits: list[dict[str, Any]] = field(default_factory=list)

    def push(self, files: dict[str, str], branch: str = "main") -> None:
        """Put ``files`` on a branch, in the place of what was there."""
        self.branches[branch] = files

    def shape(self) -> dict[str, Any]:
        """As a list of projects has it."""
        forked = {"forked_from_project": {"id": 1}} if self.fork else {}
        return {
            "id": self.id,
            "name": self.path.rpartition("/")[2],
            "path_with_namespace": self.path,
            "default_branch": self.default_branch,
            "topics": list(self.topics),
            "visibility": self.visibility,
            "archived": self.archived,
            "empty_repo": not self.branches,
            "web_url": f"https://gitlab.com/{self.path}",
            "last_activity_at": "2026-01-01T00:00:00.000Z",
            **forked,
        }


class FakeGitLab(FakeRest):
    """A GitLab with its ``projects``, and groups with direct members. With ``tokens``, nothing is told without one."""

    rate = "RateLimit-"

    def __init__(self) -> None:
        super().__init__()
        self.projects: list[FakeProject] = []
        self.groups: dict[str, list[str]] = {}
        self.people: dict[str, dict[str, Any]] = {}
        self.tokens: set[str] = set()

    def add(self, path: str, files: dict[str, str] | None = None, **about: Any) -> FakeProject:
        """A new project with ``files`` on ``main``; None for one without a commit."""
        made = FakeProject(len(self.projects) + 100, path, **about)
        if files is None:
            made.default_branch = None
        else:
            made.branches["main"] = files
        self.projects.append(made)
        return made

    def refuse_exhausted(self) -> Reply:
        """As GitLab's limiter says it."""
        return Reply(429, b"Retry later\n", {"Retry-After": "60"})

    def page(self, asked: Asked, items: list[Any]) -> Reply:
        """GitLab tells the number of the next page, too, empty on the last."""
        reply = super().page(asked, items)
        number = str(int(asked.query.get("page", "1")) + 1) if "Link" in reply.headers else ""
        return Reply(reply.status, reply.body, {"X-Next-Page": number, "X-Total": str(len(items)), **reply.headers})

    def answer(self, asked: Asked) -> Reply:
        """By the first part of the path."""
        given = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens and given not in self.tokens:
            return Reply(401, {"message": "401 Unauthorized"}) if given else _NOT_FOUND
        parts = [unquote(part) for part in asked.path.strip("/").split("/")]
        routes: dict[str, Callable[[Asked, list[str]], Reply]] = {
            "groups": self._group,
            "projects": self._project,
            "users": self._users,
        }
        route = routes.get(parts[0])
        return route(asked, parts[1:]) if route else _NOT_FOUND

    def _users(self, asked: Asked, parts: list[str]) -> Reply:
        return self.page(asked, [self._person(name) for name in sorted(self.people)])

    def _group(self, asked: Asked, parts: list[str]) -> Reply:
        if not parts:
            return self.page(asked, [self._shape(path) for path in self.groups])
        group, *rest = parts
        if group not in self.groups:
            return _NOT_FOUND
        match rest:
            case []:
                return Reply(200, self._shape(group))
            case ["projects"]:
                own = [one.shape() for one in self.projects if one.path.startswith(f"{group}/")]
                return self.page(asked, own)
            case ["descendant_groups"]:
                return self.page(asked, [self._shape(path) for path in self.groups if path.startswith(f"{group}/")])
            case ["members"]:
                return self.page(asked, [self._person(name) for name in self.groups[group]])
            case ["members", "all"]:
                around = [path for path in self.groups if f"{group}/".startswith(f"{path}/")]
                names = dict.fromkeys(name for path in around for name in self.groups[path])
                return self.page(asked, [self._person(name) for name in names])
        return _NOT_FOUND

    def _shape(self, path: str) -> dict[str, Any]:
        ids = {known: number for number, known in enumerate(self.groups, start=1)}
        name, above = path.rpartition("/")[2], path.rpartition("/")[0]
        about = {"id": ids[path], "full_path": path, "path": name, "name": name.title(), "description": ""}
        return {**about, "parent_id": ids.get(above), "web_url": f"https://gitlab.test/groups/{path}"}

    def _person(self, username: str) -> dict[str, Any]:
        about = {"id": len(username), "username": username, "name": username.title(), "state": "active"}
        web = {"web_url": f"https://gitlab.test/{username}", "avatar_url": f"https://gitlab.test/{username}.png"}
        return {**about, **web, **self.people.get(username, {})}

    def _project(self, asked: Asked, parts: list[str]) -> Reply:
        if not parts:
            return self.page(asked, [one.shape() for one in self.projects])
        found = next((one for one in self.projects if parts[0] in {one.path, str(one.id)}), None)
        if found is None:
            return _NOT_FOUND
        if asked.method != "GET":
            return written(found, asked, parts[1:])
        files = found.branches.get(asked.query.get("ref", "main"))
        match parts[1:]:
            case []:
                return Reply(200, found.shape())
            case ["merge_requests"]:
                wanted, asked_for = asked.query.get("source_branch"), enumerate(found.merges, 1)
                return Reply(200, [_merge_of(found, n) for n, one in asked_for if one["source_branch"] == wanted])
            case ["repository", "tree"] if files is not None:
                return self.page(asked, [_entry(path) for path in sorted(files)])
            case ["repository", "files", path, "raw"] if files is not None and path in files:
                return Reply(200, files[path].encode())
            case ["repository", "files", path] if files is not None and path in files:
                content = base64.b64encode(files[path].encode()).decode()
                about = {"file_path": path, "encoding": "base64", "content": content}
                return Reply(200, {**about, "last_commit_id": _sha(files[path])})
            case ["repository", "branches", ref] if ref in found.branches:
                return Reply(200, {"name": ref, "commit": {"id": _sha(sorted(found.branches[ref].items()))}})
            case ["repository", "commits", ref] if ref in found.branches:
                return Reply(200, {"id": _sha(sorted(found.branches[ref].items()))})
        return _NOT_FOUND


def _entry(path: str) -> dict[str, str]:
    return {"id": "a" * 40, "name": path.rpartition("/")[2], "type": "blob", "path": path, "mode": "100644"}


def _sha(said: Any) -> str:
    return hashlib.sha1(repr(said).encode(), usedforsecurity=False).hexdigest()


def written(project: FakeProject, asked: Asked, parts: list[str]) -> Reply:
    """Commits, branches and merge requests as they are made; the branches of ``project`` hold them from then on."""
    body = asked.body or {}
    match asked.method, parts:
        case "POST", ["repository", "commits"]:
            return _new_commit(project, body)
        case "DELETE", ["repository", "branches", branch]:
            project.branches.pop(branch, None)
            return Reply(204)
        case "POST", ["merge_requests"]:
            project.merges.append(body)
            return Reply(201, _merge_of(project, len(project.merges)))
    return _NOT_FOUND


def _new_commit(project: FakeProject, body: dict[str, Any]) -> Reply:
    branch, [action] = body["branch"], body["actions"]
    if branch in project.branches:
        return Reply(400, {"message": f"A branch called '{branch}' already exists. Switch to that branch."})
    files = dict(project.branches[body["start_branch"]])
    if action["last_commit_id"] != _sha(files.get(action["file_path"])):
        said = "You are attempting to update a file that has changed since you started editing it."
        return Reply(400, {"message": said})
    files[action["file_path"]] = base64.b64decode(action["content"]).decode()
    project.branches[branch] = files
    project.commits.append(body)
    return Reply(201, {"id": _sha(sorted(files.items())), "message": body["commit_message"]})


def _merge_of(project: FakeProject, number: int) -> dict[str, Any]:
    where = f"https://gitlab.com/{project.path}/-/merge_requests/{number}"
    return {"iid": number, "web_url": where, "state": "opened"}
