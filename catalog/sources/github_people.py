"""The members and teams of a GitHub organisation in our words."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from catalog.models import Source
from catalog.sources.answers import StoredAnswers
from catalog.sources.discovery import READERS_AT_ONCE
from catalog.sources.github import client_for
from catalog.sources.people import Member, PeopleReader, Team
from common.errors import CairnError, NotFound, RateLimited
from integrations.github.payloads import Person
from integrations.github.payloads import Team as GitHubTeam
from integrations.rest import Answers, Budget


def github_people_reader(source: Source, *, sample: int = 0) -> PeopleReader:
    """What reads ``source``, of kind ``github-org``, or ``sample`` people of it."""
    answers = StoredAnswers(source)
    return PeopleReader(GitHubDirectory(source.target, answers), answers, sample=sample)


class GitHubDirectory:
    """Members and teams, nested ones included."""

    def __init__(self, target: str, answers: Answers) -> None:
        self._client, host, self._owner = client_for(target, answers)
        self._web = host.web

    @property
    def budget(self) -> Budget | None:
        """As the last answer told it."""
        return self._client.budget

    def read(self, most: int = 0) -> tuple[list[Team], list[Member], int]:
        """Everybody. What one person tells of themselves may fail alone; a list fails the whole."""
        logins = list(dict.fromkeys(person.login for person in self._client.members(self._owner)))
        teams = list({team.slug: team for team in self._client.teams(self._owner)}.values())
        with ThreadPoolExecutor(READERS_AT_ONCE) as pool:
            rosters = list(pool.map(lambda team: set(self._client.team_members(self._owner, team.slug)), teams))
            own = direct_members({team.slug: (team.parent, who) for team, who in zip(teams, rosters, strict=True)})
            members = list(pool.map(lambda login: self._member(login, own), logins[: most or None]))
        return [self._team(team, teams) for team in teams], members, len(logins)

    def _member(self, login: str, own: Mapping[str, set[str]]) -> Member:
        person, error = Person(login), None
        try:
            person = self._client.person(login)
        except NotFound:
            pass  # the account went away since it was listed
        except RateLimited:
            raise
        except CairnError as failed:
            error = failed
        return Member(
            name=login,
            address=f"{self._web}/{login}",
            display_name=person.name,
            email=person.email,
            picture=person.avatar,
            description=person.bio,
            annotations={"github.com/user-login": login},
            teams=[slug for slug, logins in own.items() if login in logins],
            error=error,
        )

    def _team(self, team: GitHubTeam, teams: list[GitHubTeam]) -> Team:
        return Team(
            name=team.slug,
            address=f"{self._web}/orgs/{self._owner}/teams/{team.slug}",
            display_name=team.name,
            description=team.description,
            picture=team.avatar,
            annotations={"github.com/team-slug": f"{self._owner}/{team.slug}"},
            parent=team.parent,
            children=[other.slug for other in teams if other.parent == team.slug],
        )


def direct_members(teams: Mapping[str, tuple[str, set[str]]]) -> dict[str, set[str]]:
    """Members by team, without those that a team has because of a team nested in it. Pure.

    ``teams``: parent and members by name; GitHub counts the members of nested teams as the team's own.
    """
    own = {name: set(members) for name, (_, members) in teams.items()}
    for name, (_, members) in teams.items():
        for above in _above(name, teams):
            own[above] -= members
    return own


def _above(name: str, teams: Mapping[str, tuple[str, set[str]]]) -> set[str]:
    """The teams that ``name`` is nested in, however deep; an answer that goes round in circles ends, too."""
    found: set[str] = set()
    parent = teams[name][0]
    while parent in teams and parent not in {*found, name}:
        found.add(parent)
        parent = teams[parent][0]
    return found
