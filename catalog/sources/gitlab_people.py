"""The members and groups of a GitLab group in our words."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from catalog.models import Source
from catalog.sources.answers import StoredAnswers
from catalog.sources.discovery import READERS_AT_ONCE
from catalog.sources.gitlab import client_for
from catalog.sources.people import Member, PeopleReader, Team
from integrations.gitlab.payloads import Group, Person
from integrations.rest import Answers, Budget


def gitlab_people_reader(source: Source, *, sample: int = 0) -> PeopleReader:
    """What reads ``source``, of kind ``gitlab-org``, or ``sample`` people of it."""
    answers = StoredAnswers(source)
    return PeopleReader(GitLabDirectory(source.target, answers), answers, sample=sample)


class GitLabDirectory:
    """A group with the groups in it, and everybody who is a member of one of them."""

    def __init__(self, target: str, answers: Answers) -> None:
        self._client, host, self._group = client_for(target, answers)
        self._web, self._host = host.web, urlsplit(host.web).hostname

    @property
    def budget(self) -> Budget | None:
        """As the last answer told it."""
        return self._client.budget

    def read(self, most: int = 0) -> tuple[list[Team], list[Member], int]:
        """Everybody, or an error."""
        groups = list({group.id: group for group in self._client.groups(self._group)}.values())
        with ThreadPoolExecutor(READERS_AT_ONCE) as pool:
            rosters = list(pool.map(lambda group: list(self._client.members(group.path)), groups))
        everybody = [*self._client.people(self._group), *(one for roster in rosters for one in roster)]
        people = {one.username: one for one in everybody if one.active}
        own = {group.path: {one.username for one in roster} for group, roster in zip(groups, rosters, strict=True)}
        teams = [self._team(group, groups) for group in groups]
        return teams, [self._member(one, own) for one in list(people.values())[: most or None]], len(people)

    def _member(self, one: Person, own: dict[str, set[str]]) -> Member:
        return Member(
            name=one.username,
            address=f"{self._web}/{one.username}",
            display_name=one.name,
            email=one.email,
            picture=one.avatar,
            annotations={f"{self._host}/user-login": one.username},
            teams=[team_name(path, self._group) for path, names in own.items() if one.username in names],
        )

    def _team(self, group: Group, groups: list[Group]) -> Team:
        paths = {other.id: other.path for other in groups}
        parent = paths.get(group.parent, "")
        return Team(
            name=team_name(group.path, self._group),
            address=f"{self._web}/groups/{group.path}",
            display_name=group.name,
            description=group.description,
            picture=group.avatar,
            annotations={f"{self._host}/team-path": group.path},
            parent=team_name(parent, self._group) if parent else "",
            children=[team_name(other.path, self._group) for other in groups if other.parent == group.id],
        )


def team_name(path: str, top: str) -> str:
    """A group's path as a name, without the group that is read, as Backstage names it. Pure."""
    return path.removeprefix(f"{top}/").replace("/", "-")
