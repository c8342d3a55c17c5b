"""Addresses of repositories, and what git is allowed to do with them."""

from ipaddress import ip_address

import pytest

from common.errors import UserError
from integrations.git.environment import git_environment
from integrations.git.failures import failure, is_broken_cache
from integrations.git.listing import Entry, advertised, batch, listing
from integrations.git.remote import parse_remote


@pytest.mark.parametrize(
    ("text", "page", "netloc"),
    [
        ("https://github.com/o/r.git", "https://github.com/o/r", "github.com"),
        ("https://git.example.com:8443/g/s/r/", "https://git.example.com:8443/g/s/r", "git.example.com:8443"),
        ("git@github.com:o/r.git", "https://github.com/o/r", "github.com"),
        ("ssh://git@git.example.com:2222/o/r", "https://git.example.com/o/r", "git.example.com"),
        ("http://git.internal/o/r", "http://git.internal/o/r", "git.internal"),
        ("file:///srv/git/r.git", "file:///srv/git/r", ""),
    ],
)
def test_a_repository_is_known_by_the_page_that_shows_it(text: str, page: str, netloc: str) -> None:
    remote = parse_remote(text)
    assert (remote.page, remote.netloc) == (page, netloc)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ext::sh -c id",
        "--upload-pack=id",
        "ssh://-oProxyCommand=id/o/r",
        "ssh://-oProxyCommand=id@host/o/r",
        "/srv/git/r",
        "https://github.com/",
        "https://user:secret@github.com/o/r",
        "https://token@github.com/o/r",
        "file://host/r",
        "git://github.com/o/r",
        "https://github.com/o/../r",
        "https://[::1/o/r",
    ],
)
def test_what_is_no_address_or_holds_a_password_is_refused(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_remote(text)
    assert caught.value.hint
    assert "secret" not in caught.value.message


def test_git_goes_to_the_address_that_was_checked_and_inherits_nothing() -> None:
    remote = parse_remote("https://git.example.com/o/r")
    found = git_environment("/x", remote, ip_address("203.0.113.7"), ("oauth2", "glpat-secret"))
    options = {
        found[f"GIT_CONFIG_KEY_{number}"]: found[f"GIT_CONFIG_VALUE_{number}"]
        for number in range(int(found["GIT_CONFIG_COUNT"]))
    }
    assert options["http.curloptResolve"] == "git.example.com:443:203.0.113.7"
    assert options["protocol.ext.allow"] == "never"
    assert options["http.followRedirects"] == "false"
    assert options["http.https://git.example.com/.extraHeader"].startswith("Authorization: Basic ")
    assert {"PATH", "HOME", "GIT_TERMINAL_PROMPT"} <= found.keys()
    assert "DATABASE_URL" not in found
    assert "glpat-secret" not in str(found)


def test_a_token_is_not_sent_in_clear_text() -> None:
    found = git_environment("/x", parse_remote("http://git.example.com/o/r"), None, ("oauth2", "s"))
    assert "Authorization" not in str(found)


def test_ssh_goes_to_the_checked_address_under_the_name_of_the_host() -> None:
    found = git_environment("/x", parse_remote("git@git.example.com:o/r"), ip_address("203.0.113.7"), None)
    assert "-oHostName=203.0.113.7 -oHostKeyAlias=git.example.com" in found["GIT_SSH_COMMAND"]


@pytest.mark.parametrize(
    ("stderr", "id"),
    [
        ("fatal: could not read Username for 'https://github.com': terminal prompts disabled", "login-needed"),
        ("git@github.com: Permission denied (publickey).\nfatal: Could not read from remote", "login-needed"),
        ("remote: Repository not found.\nfatal: repository 'https://x/o/r/' not found", "no-repository"),
        ("fatal: '/srv/r' does not appear to be a git repository", "no-repository"),
        ("fatal: unable to access 'https://x/': Failed to connect to x port 443: Connection refused", "no-answer"),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 503", "no-answer"),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 301", "repository-moved"),
        ("fatal: something new", "git-failed"),
    ],
)
def test_what_git_says_becomes_an_error_with_a_way_out(stderr: str, id: str) -> None:
    error = failure("https://x/o/r", stderr)
    assert error.id == id
    assert error.hint or id == "git-failed"


def test_an_error_shows_no_password() -> None:
    assert "secret" not in failure("u", "fatal: unable to read https://me:secret@host/o/r now").message


def test_a_broken_copy_is_told_from_a_host_that_is_gone() -> None:
    assert is_broken_cache("error: object file ./objects/ab/cd is empty\nfatal: loose object is corrupt")
    assert not is_broken_cache("fatal: Could not resolve host: github.com")


def test_a_branch_wins_over_a_tag_and_a_tag_means_what_it_points_at() -> None:
    out = "ref: refs/heads/trunk\tHEAD\na\tHEAD\nb\trefs/heads/x\nc\trefs/tags/x\nd\trefs/tags/v1\ne\trefs/tags/v1^{}\n"
    assert advertised(out, "") == ("a", "trunk")
    assert advertised(out, "x") == ("b", "x")
    assert advertised(out, "v1") == ("e", "v1")
    assert advertised(out, "nothing") is None


def test_links_and_submodules_are_no_files() -> None:
    out = b"100644 blob aa      12\ta.yaml\x00120000 blob bb       5\tlink\x00160000 commit cc       -\tsub\x00"
    assert listing(out + b"100644 blob dd 3\t\xff.yaml\x00") == {"a.yaml": Entry("aa", 12)}


def test_contents_may_hold_anything() -> None:
    assert batch(b"aa blob 3\n\n\x00\n\nbb missing\ncc blob 0\n\n") == {"aa": b"\n\x00\n", "cc": b""}
