"""GitHub's REST API as far as it is read, from memory, in the shapes that api.github.com answers."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from integrations.fake_rest import Asked, FakeRest, Reply

_NOT_FOUND = Reply(404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"})


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


class FakeGitHub(FakeRest):
    """A GitHub with its ``repositories``, ``members`` and ``teams``.

    With ``token`` set, requests without it see nothing but what is public; ``app_keys`` are the apps that may ask for
    installation tokens.
    """

    def __init__(self) -> None:
        super().__init__()
        self.repositories: list[FakeRepository] = []
        self.renamed: dict[str, str] = {}
        self.people: dict[str, dict[str, Any]] = {}
        self.members: dict[str, list[str]] = {}
        self.teams: dict[str, list[dict[str, Any]]] = {}
        self.team_members: dict[tuple[str, str], list[str]] = {}
        self.tokens: set[str] = set()
        self.installations: dict[str, int] = {}
        self.issued = 0

    def add(self, full_name: str, files: dict[str, str] | None = None, **about: Any) -> FakeRepository:
        """A new repository with ``files`` on its default branch; None for one without a commit."""
        owner, _, name = full_name.partition("/")
        made = FakeRepository(len(self.repositories) + 1000, owner, name, **about)
        if files is not None:
            made.branches[made.default_branch] = files
        self.repositories.append(made)
        return made

    def rename(self, repository: FakeRepository, name: str) -> None:
        """A former name leads to the new one from now on."""
        self.renamed[f"{repository.owner}/{repository.name}"] = f"{repository.owner}/{name}"
        repository.name = name

    def add_team(self, organisation: str, slug: str, members: list[str], parent: str = "") -> None:
        """A team with its members."""
        above = {"slug": parent, "name": parent} if parent else None
        team = {"id": len(self.teams) + 1, "slug": slug, "name": slug.title(), "description": "", "parent": above}
        self.teams.setdefault(organisation, []).append(team)
        self.team_members[organisation, slug] = members

    def answer(self, asked: Asked) -> Reply:
        """By the first parts of the path."""
        parts = [unquote(part) for part in asked.path.strip("/").split("/")]
        routes: dict[str, Callable[[Asked, list[str]], Reply]] = {
            "orgs": self._organisation,
            "users": self._user,
            "repos": self._repository,
            "app": self._app,
        }
        if asked.headers.get("authorization", "").startswith("Bearer ") and not self._known(asked):
            return Reply(401, {"message": "Bad credentials", "status": "401"})
        route = routes.get(parts[0])
        return route(asked, parts[1:]) if route and len(parts) > 1 else _NOT_FOUND

    def _known(self, asked: Asked) -> bool:
        word = asked.headers["authorization"].removeprefix("Bearer ")
        # A signed word of an app has three parts; whether it is signed well is the client's own test.
        return not self.tokens or word in self.tokens or word.count(".") == 2

    def _sees(self, asked: Asked, repository: FakeRepository) -> bool:
        return repository.visibility == "public" or "authorization" in asked.headers or not self.tokens

    def _organisation(self, asked: Asked, parts: list[str]) -> Reply:
        match parts:
            case [owner, "installation"] if owner in self.installations:
                return Reply(200, {"id": self.installations[owner], "account": {"login": owner}})
            case [owner, "repos"] if any(one.owner == owner for one in self.repositories):
                own = [one for one in self.repositories if one.owner == owner and self._sees(asked, one)]
                return self.page(asked, [one.shape() for one in sorted(own, key=lambda one: one.name)])
            case [owner, "members"] if owner in self.members:
                return self.page(asked, [self._person(login) for login in self.members[owner]])
            case [owner, "teams"] if owner in self.members:
                return self.page(asked, self.teams.get(owner, []))
            case [owner, "teams", slug, "members"] if (owner, slug) in self.team_members:
                return self.page(asked, [self._person(login) for login in self.team_members[owner, slug]])
        return _NOT_FOUND

    def _user(self, asked: Asked, parts: list[str]) -> Reply:
        [login, *rest] = parts
        if rest or login not in self.people:
            return _NOT_FOUND
        return Reply(200, {**self._person(login), "name": None, "email": None, "bio": None, **self.people[login]})

    def _person(self, login: str) -> dict[str, Any]:
        avatar = f"https://avatars.githubusercontent.com/{login}"
        return {"login": login, "id": len(login), "avatar_url": avatar, "type": "User", "site_admin": False}

    def _app(self, asked: Asked, parts: list[str]) -> Reply:
        match parts:
            case ["installations", id, "access_tokens"] if int(id) in self.installations.values():
                self.issued += 1
                token = f"ghs_{self.issued}"
                self.tokens.add(token)
                expires = datetime.now(UTC) + timedelta(hours=1)
                return Reply(201, {"token": token, "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%SZ")})
        return _NOT_FOUND

    def _repository(self, asked: Asked, parts: list[str]) -> Reply:
        name = "/".join(parts[:2])
        if name in self.renamed:
            where = asked.path.replace(f"/repos/{name}", f"/repos/{self.renamed[name]}", 1)
            query = "&".join(f"{key}={value}" for key, value in asked.query.items())
            return Reply(301, {"message": "Moved Permanently"}, {"Location": f"{self.url}{where}?{query}"})
        found = next((one for one in self.repositories if f"{one.owner}/{one.name}" == name), None)
        if found is None or not self._sees(asked, found):
            return _NOT_FOUND
        if asked.method != "GET":
            return written(found, asked, parts[2:])
        match parts[2:]:
            case []:
                return Reply(200, found.shape())
            case ["git", "ref", "heads", *branch] if "/".join(branch) in found.branches:
                ref = "/".join(branch)
                return Reply(
                    200, {"ref": f"refs/heads/{ref}", "object": {"type": "commit", "sha": _commit(found, ref)}}
                )
            case ["contents", *path]:
                return _content(found, "/".join(path), asked)
            case ["git", "trees", ref]:
                return _tree(found, ref)
            case ["commits", ref] if ref in found.branches:
                return Reply(200, _commit(found, ref).encode())
        return _NOT_FOUND


def _content(repository: FakeRepository, path: str, asked: Asked) -> Reply:
    files = repository.branches.get(asked.query.get("ref", repository.default_branch), {})
    if path not in files:
        return _NOT_FOUND
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
            where = f"https://github.com/{repository.owner}/{repository.name}/pull/{len(repository.pulls)}"
            return Reply(201, {"number": len(repository.pulls), "html_url": where, "state": "open"})
    return _NOT_FOUND


def _new_branch(repository: FakeRepository, branch: str, commit: str) -> Reply:
    if branch in repository.branches:
        return Reply(422, {"message": "Reference already exists", "status": "422"})
    origin = next((one for one in repository.branches if _commit(repository, one) == commit), None)
    if origin is None:
        return Reply(422, {"message": "Object does not exist", "status": "422"})
    repository.branches[branch] = dict(repository.branches[origin])
    return Reply(201, {"ref": f"refs/heads/{branch}", "object": {"type": "commit", "sha": commit}})


def _put(repository: FakeRepository, path: str, body: dict[str, Any]) -> Reply:
    files = repository.branches.get(body["branch"])
    if files is None:
        return _NOT_FOUND
    if path in files and body.get("sha") != _sha(files[path].encode()):
        return Reply(409, {"message": f"{path} does not match {body.get('sha')}", "status": "409"})
    files[path] = base64.b64decode(body["content"]).decode()
    return Reply(200, {"content": {"path": path}, "commit": {"message": body["message"], "author": body["author"]}})


def _tree(repository: FakeRepository, ref: str) -> Reply:
    if not repository.branches:
        return Reply(409, {"message": "Git Repository is empty."})
    if ref not in repository.branches:
        return _NOT_FOUND
    files = [
        {"path": path, "mode": "100644", "type": "blob", "sha": _sha(text.encode()), "size": len(text)}
        for path, text in repository.branches[ref].items()
    ]
    return Reply(200, {"sha": _commit(repository, ref), "tree": files, "truncated": repository.truncated})


def _commit(repository: FakeRepository, ref: str) -> str:
    return _sha(repr((repository.pushed_at, sorted(repository.branches[ref].items()))).encode())


def _sha(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()
