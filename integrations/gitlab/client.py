"""The parts of GitLab's REST API that are read. Knows HTTP and nothing of us."""

from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode

from common.errors import NotFound
from integrations.gitlab import payloads
from integrations.gitlab.payloads import Group, Person, Project
from integrations.payload import field
from integrations.rest import Answers, Budget, NoAnswers, Rest

PAGE = 100


class GitLab:
    """One GitLab, asked with ``token``. Projects and groups are named by full path; an empty group is the whole.

    Errors are those of :class:`integrations.rest.Rest`.
    """

    def __init__(
        self,
        api: str,
        *,
        token: Callable[[], str] = lambda: "",
        answers: Answers | None = None,
        allow_private: tuple[str, ...] = (),
    ) -> None:
        def authorization() -> str:
            found = token()
            return f"Bearer {found}" if found else ""

        self._rest = Rest(
            api,
            authorization=authorization,
            answers=answers or NoAnswers(),
            rate="ratelimit-",
            allow_private=allow_private,
        )

    @property
    def budget(self) -> Budget | None:
        """As the last answer told it; hosts without limits tell none."""
        return self._rest.budget

    def projects(self, group: str) -> list[Project]:
        """All projects of a group and of the groups in it, each once, or an error: never a part of them."""
        query = urlencode({"per_page": PAGE, "order_by": "id", "sort": "asc"})
        below = f"/groups/{_id(group)}/projects?include_subgroups=true&with_shared=false" if group else "/projects?"
        items = self._rest.pages(f"{below}&{query}")
        return list({found.id: found for found in map(payloads.project, items)}.values())

    def project(self, path: str) -> Project:
        """One project."""
        return payloads.project(self._rest.json(f"/projects/{_id(path)}"))

    def file(self, project: str, path: str, ref: str) -> bytes | None:
        """The bytes of a file; None when there is no such file, branch or project."""
        try:
            return self._rest.get(content_path(project, path, ref), accept="*/*").body
        except NotFound:
            return None

    def paths(self, project: str, ref: str) -> list[str]:
        """The paths of all files at ``ref``."""
        query = urlencode({"ref": ref, "recursive": "true", "per_page": PAGE})
        items = self._rest.pages(f"/projects/{_id(project)}/repository/tree?{query}")
        return [path for path in map(payloads.file_path, items) if path]

    def commit(self, project: str, ref: str) -> str:
        """The commit that ``ref`` stands for."""
        answer = self._rest.json(f"/projects/{_id(project)}/repository/commits/{quote(ref, safe='')}")
        return str(field(answer, "id"))

    def groups(self, group: str) -> list[Group]:
        """A group with every group in it."""
        if not group:
            return [payloads.group(item) for item in self._rest.pages(f"/groups?per_page={PAGE}")]
        top = payloads.group(self._rest.json(f"/groups/{_id(group)}?with_projects=false"))
        below = self._rest.pages(f"/groups/{_id(group)}/descendant_groups?per_page={PAGE}")
        return [top, *map(payloads.group, below)]

    def members(self, group: str) -> Iterator[Person]:
        """The direct members of a group."""
        yield from map(payloads.person, self._rest.pages(f"/groups/{_id(group)}/members?per_page={PAGE}"))

    def people(self, group: str) -> Iterator[Person]:
        """Everybody who is a member of a group, by being a member of one around it, too."""
        where = f"/groups/{_id(group)}/members/all" if group else "/users"
        yield from map(payloads.person, self._rest.pages(f"{where}?per_page={PAGE}"))


def content_path(project: str, path: str, ref: str) -> str:
    """Where the API gives out a file."""
    return f"/projects/{_id(project)}/repository/files/{quote(path, safe='')}/raw?{urlencode({'ref': ref})}"


def _id(path: str) -> str:
    return quote(path, safe="")
