"""Settings are read loudly."""

import pytest

from portal import env


@pytest.fixture(autouse=True)
def _nothing_read_yet(monkeypatch):
    monkeypatch.setattr(env, "_problems", [])
    monkeypatch.setattr(env, "_known", {name for name in env.environment() if name.startswith("CAIRN_")})


def test_every_mistake_is_named_at_once(monkeypatch):
    monkeypatch.setenv("CAIRN_PORT", "eighty")
    monkeypatch.setenv("CAIRN_DEMO", "perhaps")
    monkeypatch.setenv("CAIRN_PROT", "8001")
    assert env.number("CAIRN_PORT", 8000, least=1, most=65535) == 8000
    assert env.flag("CAIRN_DEMO", True) is True
    with pytest.raises(env.EnvironmentProblems) as caught:
        env.complain()
    text = str(caught.value)
    assert "CAIRN_PORT must be a whole number from 1 to 65535" in text
    assert "CAIRN_DEMO must be 1 or 0" in text
    assert "CAIRN_PROT is not a setting of Cairn" in text


def test_a_value_may_come_from_a_file(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("from a file\n")
    monkeypatch.delenv("CAIRN_SECRET_KEY", raising=False)
    monkeypatch.setenv("CAIRN_SECRET_KEY_FILE", str(tmp_path / "key"))
    assert env.text("CAIRN_SECRET_KEY") == "from a file"
    env.complain()


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"CAIRN_SECRET_KEY": "a", "CAIRN_SECRET_KEY_FILE": "b"}, "both set"),
        ({"CAIRN_SECRET_KEY_FILE": "nowhere/at/all"}, "cannot be read"),
    ],
)
def test_a_file_that_does_not_help_is_named(monkeypatch, variables, problem):
    monkeypatch.delenv("CAIRN_SECRET_KEY", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    env.text("CAIRN_SECRET_KEY")
    with pytest.raises(env.EnvironmentProblems, match=problem):
        env.complain()


def test_a_postgres_url_may_name_a_socket_folder(monkeypatch):
    monkeypatch.setenv("A_URL", "postgresql://me:p%40ss@/cairn?host=/somewhere")
    assert env.postgres("A_URL") == {
        "NAME": "cairn",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "/somewhere",
        "PORT": "",
    }
