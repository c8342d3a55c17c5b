import pytest

from catalog.config import Location, ReadingAllow, current, fill, parse
from catalog.ingest.rules import is_allowed, parse_rules
from common.errors import UserError

ENVIRONMENT = {"HOST": "git.example.com", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("https://${HOST}/a", "https://git.example.com/a"),
        ("${HOST}:${PORT:-443}", "git.example.com:443"),
        ("$${HOST}", "${HOST}"),
        ("${MISSING}/a", None),
        ("[${EMPTY}]", "[]"),
        ({"$env": "HOST"}, "git.example.com"),
        (["${HOST}", 7, True], ["git.example.com", 7, True]),
    ],
)
def test_variables_are_filled_as_in_backstage(text: object, filled: object) -> None:
    assert fill(text, ENVIRONMENT) == filled


def test_later_files_win_and_files_are_named_from_their_folder(settings, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "packages/backend").mkdir(parents=True)
    (tmp_path / "all.yaml").write_text("")
    one, two = tmp_path / "app-config.yaml", tmp_path / "app-config.local.yaml"
    one.write_text(
        "catalog:\n  rules: [{allow: [Component]}]\n"
        "  locations: [{type: file, target: ../../all.yaml}, {type: url, target: 'https://${HOST}/x.yaml'}]\n"
    )
    two.write_text("backend: {reading: {allow: [{host: '*.internal:8080', paths: [/catalog/]}]}}\n")
    settings.APP_CONFIG, settings.APP_CONFIG_ENVIRONMENT = (str(one), str(two)), ENVIRONMENT
    current.cache_clear()
    found = current()
    current.cache_clear()
    assert found.locations == (
        Location("file", str(tmp_path / "all.yaml")),
        Location("url", "https://git.example.com/x.yaml"),
    )
    assert found.reading_allow == (ReadingAllow("*.internal:8080", ("/catalog/",)),)
    assert len(found.rules) == 1


def test_a_private_host_is_allowed_by_name_port_and_path() -> None:
    found = parse({"backend": {"reading": {"allow": [{"host": "git.internal:8080", "paths": ["/catalog/"]}]}}})
    assert found.hosts_for("http://git.internal:8080/catalog/a.yaml") == ("git.internal:8080",)
    assert found.hosts_for("http://git.internal:8080/secret/a.yaml") == ()
    assert found.hosts_for("http://git.internal/catalog/a.yaml") == ()
    assert found.hosts_for("http://other.internal:8080/catalog/a.yaml") == ()


@pytest.mark.parametrize("catalog", [{"locations": [{"type": "url"}]}, {"rules": {"allow": []}}, {"rules": [{}]}])
def test_a_shape_that_is_none_is_named(catalog: object) -> None:
    with pytest.raises(UserError, match=r"app-config\.yaml is not usable"):
        parse({"catalog": catalog})


@pytest.mark.parametrize(
    ("kind", "of", "origin", "allowed"),
    [
        ("Component", "service", "url:https://example.com/a.yaml", True),
        ("component", "website", "file:/a.yaml", True),
        ("Template", "service", "url:https://example.com/a.yaml", False),
        ("Template", "service", "url:https://example.com/templates/a.yaml", True),
        ("Resource", "database", "file:/a.yaml", True),
        ("Resource", "bucket", "file:/a.yaml", False),
    ],
)
def test_rules_say_which_kinds_come_from_where(kind: str, of: str, origin: str, allowed: bool) -> None:
    rules = parse_rules(
        [
            {"allow": ["Component", {"kind": "Resource", "spec.type": "database"}]},
            {"allow": ["Template"], "locations": [{"type": "url", "pattern": "https://example.com/templates/*"}]},
        ]
    )
    assert is_allowed(rules, {"kind": kind, "spec": {"type": of}}, origin) is allowed


def test_without_rules_everything_is_allowed() -> None:
    assert is_allowed((), {"kind": "Group"}, "url:https://example.com")


HOSTS = {
    "integrations": {
        "github": [
            {"host": "github.com", "token": "ghp-secret"},
            {"host": "ghe.example.com", "apps": [{"appId": 12, "privateKey": "a\\nsecret"}]},
        ],
        "gitlab": [
            {"host": "git.example.com", "apiBaseUrl": "https://git.example.com/api/v4/", "token": "glpat-secret"}
        ],
    }
}


def test_hosts_have_credentials_that_are_never_shown() -> None:
    found = parse(HOSTS)
    assert "secret" not in repr(found)
    github, enterprise, gitlab = found.hosts
    assert (github.api, github.token) == ("https://api.github.com", "ghp-secret")
    assert (enterprise.api, enterprise.app_for("acme").private_key) == (
        "https://ghe.example.com/api/v3",
        "a\nsecret",
    )
    assert (gitlab.api, gitlab.token) == ("https://git.example.com/api/v4", "glpat-secret")


def test_a_host_without_a_token_and_one_that_is_not_named_are_asked_without() -> None:
    found = parse({"integrations": {"github": [{"host": "github.com", "token": None}]}})
    assert not found.git_host("github.com").has_credentials
    assert found.git_host("gitlab.example.com").brand == "gitlab"
    assert found.git_host("ghe.example.com") is None
    assert found.git_host("ghe.example.com", "github").api == "https://ghe.example.com/api/v3"


def test_an_app_speaks_for_the_owners_that_it_names() -> None:
    app = {"appId": 1, "privateKey": "k", "allowedInstallationOwners": ["Acme"]}
    host = parse({"integrations": {"github": [{"apps": [app]}]}}).hosts[0]
    assert host.app_for("acme")
    assert host.app_for("other") is None


@pytest.mark.parametrize("given", [[{"apps": [{"appId": 1}]}], ["github.com"]])
def test_an_integration_that_is_none_is_named(given: object) -> None:
    with pytest.raises(UserError, match=r"app-config\.yaml is not usable"):
        parse({"integrations": {"github": given}})
