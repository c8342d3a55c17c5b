"""The parts of GitHub's REST API that are read. Knows HTTP and nothing of us."""

from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode

from common.errors import NotFound, ProviderError
from integrations.github import payloads
from integrations.github.payloads import Person, Repository, Team
from integrations.rest import Answers, Budget, NoAnswers, Rest

RAW, SHA = "application/vnd.github.raw+json", "application/vnd.github.sha"
PAGE = 100


class GitHub:
    """One GitHub, asked with ``token``, which is called before each request and may answer an empty text.

    Lists and people are asked for by their ETags. Files are not: whoever knows when a repository was pushed to asks
    for them only then.

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
            rate="x-ratelimit-",
            allow_private=allow_private,
        )

    @property
    def budget(self) -> Budget | None:
        """As the last answer told it."""
        return self._rest.budget

    def repositories(self, owner: str) -> list[Repository]:
        """All of an organisation's or a person's repositories, each once, or an error: never a part of them."""
        query = urlencode({"per_page": PAGE, "sort": "full_name"})
        try:
            items = list(self._rest.pages(f"/orgs/{quote(owner)}/repos?type=all&{query}"))
        except NotFound:
            items = list(self._rest.pages(f"/users/{quote(owner)}/repos?type=owner&{query}"))
        # A repository that is made while pages are read moves another onto the next page, which then has it again.
        return list({found.id: found for found in map(payloads.repository, items)}.values())

    def repository(self, full_name: str) -> Repository:
        """One repository; a former name leads to the one of today."""
        return payloads.repository(self._rest.json(f"/repos/{quote(full_name)}", keep=False))

    def file(self, full_name: str, path: str, ref: str) -> bytes | None:
        """The bytes of a file; None when there is no such file, branch or repository."""
        try:
            return self._rest.get(content_path(full_name, path, ref), accept=RAW, keep=False).body
        except NotFound:
            return None

    def paths(self, full_name: str, ref: str) -> list[str]:
        """The paths of all files at ``ref``; none for a repository without a commit."""
        address = f"/repos/{quote(full_name)}/git/trees/{quote(ref, safe='')}?recursive=1"
        try:
            found, truncated = payloads.tree(self._rest.json(address, keep=False))
        except ProviderError as error:
            if error.id == "answered-409":
                return []
            raise
        if truncated:
            message = f"{full_name} holds more files than {self._rest.host} lists."
            hint = "Name the catalog's file without a wildcard, or register the repository as a source of kind git."
            raise ProviderError(message, permanent=True, id="tree-truncated", hint=hint)
        return found

    def commit(self, full_name: str, ref: str) -> str:
        """The commit that ``ref`` stands for."""
        address = f"/repos/{quote(full_name)}/commits/{quote(ref, safe='')}"
        return self._rest.get(address, accept=SHA, keep=False).body.decode("ascii", "replace").strip()

    def members(self, organisation: str) -> Iterator[Person]:
        """The members of an organisation, without their names."""
        yield from map(payloads.person, self._rest.pages(f"/orgs/{quote(organisation)}/members?per_page={PAGE}"))

    def person(self, login: str) -> Person:
        """One account with what it tells of itself."""
        return payloads.person(self._rest.json(f"/users/{quote(login)}"))

    def teams(self, organisation: str) -> Iterator[Team]:
        """Every team, nested ones included."""
        yield from map(payloads.team, self._rest.pages(f"/orgs/{quote(organisation)}/teams?per_page={PAGE}"))

    def team_members(self, organisation: str, slug: str) -> Iterator[str]:
        """The logins of a team's members, those of the teams nested in it included."""
        address = f"/orgs/{quote(organisation)}/teams/{quote(slug)}/members?per_page={PAGE}"
        yield from (payloads.person(item).login for item in self._rest.pages(address))


def content_path(full_name: str, path: str, ref: str) -> str:
    """Where the API gives out a file."""
    return f"/repos/{quote(full_name)}/contents/{quote(path)}?{urlencode({'ref': ref})}"
