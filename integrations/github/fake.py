"""GitHub's REST API as far as it is read, from memory, in the shapes that api.github.com answers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from integrations.fake_rest import Asked, FakeRest, Reply
from integrations.github.fake_repository import NOT_FOUND, FakeRepository, commit_of, content, pulls_of, tree, written


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
        return route(asked, parts[1:]) if route and len(parts) > 1 else NOT_FOUND

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
        return NOT_FOUND

    def _user(self, asked: Asked, parts: list[str]) -> Reply:
        [login, *rest] = parts
        if rest or login not in self.people:
            return NOT_FOUND
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
        return NOT_FOUND

    def _repository(self, asked: Asked, parts: list[str]) -> Reply:
        name = "/".join(parts[:2])
        if name in self.renamed:
            where = asked.path.replace(f"/repos/{name}", f"/repos/{self.renamed[name]}", 1)
            query = "&".join(f"{key}={value}" for key, value in asked.query.items())
            return Reply(301, {"message": "Moved Permanently"}, {"Location": f"{self.url}{where}?{query}"})
        found = next((one for one in self.repositories if f"{one.owner}/{one.name}" == name), None)
        if found is None or not self._sees(asked, found):
            return NOT_FOUND
        if asked.method != "GET":
            return written(found, asked, parts[2:])
        match parts[2:]:
            case []:
                return Reply(200, found.shape())
            case ["pulls"]:
                return Reply(200, pulls_of(found, asked.query.get("head", "")))
            case ["git", "ref", "heads", *branch] if "/".join(branch) in found.branches:
                ref = "/".join(branch)
                return Reply(
                    200, {"ref": f"refs/heads/{ref}", "object": {"type": "commit", "sha": commit_of(found, ref)}}
                )
            case ["contents", *path]:
                return content(found, "/".join(path), asked)
            case ["git", "trees", ref]:
                return tree(found, ref)
            case ["commits", ref] if ref in found.branches:
                return Reply(200, commit_of(found, ref).encode())
        return NOT_FOUND
