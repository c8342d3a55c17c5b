"""Backstage's providers as sources."""

from datetime import timedelta

import pytest

from catalog.providers import ConfiguredSource, duration, parse_providers


def test_one_github_provider_is_a_source_with_its_filters() -> None:
    given = {
        "organization": "acme",
        "catalogPath": "/**/catalog-info.yaml",
        "filters": {
            "branch": "main",
            "repository": ".*",
            "topic": {"include": ["go"], "exclude": ["x"]},
            "visibility": ["public"],
            "allowForks": False,
            "allowArchived": True,
        },
        "validateLocationsExist": True,
        "schedule": {"frequency": {"minutes": 30}, "timeout": {"minutes": 3}},
    }
    filters = {
        "branch": "main",
        "repository": ".*",
        "topic": {"include": ["go"], "exclude": ["x"]},
        "visibility": ["public"],
        "allow_forks": False,
        "allow_archived": True,
    }
    options = {"catalog_path": "/**/catalog-info.yaml", "filters": filters}
    expected = ConfiguredSource("github", "https://github.com/acme", options, timedelta(minutes=30))
    assert parse_providers({"github": given}) == (expected,)


def test_a_map_of_ids_is_many_sources_and_two_of_one_organisation_are_told_apart() -> None:
    given = {
        "one": {"organization": "acme"},
        "two": {"organization": "acme", "catalogPath": "/other.yaml"},
        "three": {"organization": "acme", "host": "ghe.example.com"},
    }
    targets = [one.target for one in parse_providers({"github": given})]
    assert targets == ["https://github.com/acme", "https://github.com/acme#2", "https://ghe.example.com/acme"]


@pytest.mark.parametrize(
    "given",
    [
        {"id": "x", "githubUrl": "https://github.com", "orgs": ["a", "b"], "schedule": {"frequency": "PT1H"}},
        [{"orgs": ["a", "b"], "schedule": {"frequency": "PT1H"}}],
    ],
)
def test_people_come_from_each_organisation(given: object) -> None:
    found = parse_providers({"githubOrg": given})
    assert [(one.kind, one.target, one.interval) for one in found] == [
        ("github-org", f"https://github.com/{name}", timedelta(hours=1)) for name in "ab"
    ]


def test_a_gitlab_group_is_projects_and_with_orgenabled_people() -> None:
    given = {
        "yourProviderId": {
            "host": "git.example.com",
            "group": "a/b",
            "entityFilename": "info.yaml",
            "projectPattern": "x.*",
            "branch": "main",
            "fallbackBranch": "master",
            "topics": "go,rust",
            "excludeRepos": ["a/b/c"],
            "skipForkedRepos": True,
            "includeArchivedRepos": False,
            "orgEnabled": True,
        }
    }
    projects, people = parse_providers({"gitlab": given})
    assert projects.options == {
        "catalog_path": "info.yaml",
        "project_pattern": "x.*",
        "branch": "main",
        "fallback_branch": "master",
        "topics": ["go", "rust"],
        "exclude": ["a/b/c"],
        "skip_forks": True,
        "include_archived": False,
    }
    assert (people.kind, people.target) == ("gitlab-org", "https://git.example.com/a/b")


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("PT30M", 1800),
        ("P1DT2H", 93600),
        ("P1W", 604800),
        ({"hours": 1, "minutes": 1}, 3660),
        ("30 minutes", 1800),
        ("30m", 1800),
        ("1 day", 86400),
    ],
)
def test_durations_are_read_in_every_spelling(given: object, seconds: int) -> None:
    assert duration(given).total_seconds() == seconds


@pytest.mark.parametrize("given", ["P", "soon", {}, {"fortnights": 1}, 7])
def test_what_is_no_duration_is_named(given: object) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        duration(given)


@pytest.mark.parametrize("frequency", [{"cron": "0 * * * *"}, {"trigger": "manual"}, None])
def test_what_is_not_periodic_is_read_as_often_as_any_source(frequency: object) -> None:
    [found] = parse_providers({"github": {"organization": "acme", "schedule": {"frequency": frequency}}})
    assert found.interval is None


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"github": {"one": {"host": "x"}}}, "needs organization"),
        ({"github": {"organization": None}}, "needs organization"),
        ({"githubOrg": {"id": "x"}}, "needs orgs"),
        ({"gitlab": {"x": "y"}}, "must be an object"),
        ({"github": ["acme"]}, "must be an object"),
    ],
)
def test_what_cannot_be_used_is_named(given: dict, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        parse_providers(given)
