"""Git hosts that answer on this machine, and workers."""

from collections.abc import Iterator

import pytest

from catalog.config import AppConfig, ReadingAllow, current, parse
from integrations.github.fake import FakeGitHub
from integrations.gitlab.fake import FakeGitLab
from tests.integration.workers import Start, Worker, start_worker


def use(monkeypatch: pytest.MonkeyPatch, config: AppConfig) -> None:
    """Have the catalog follow ``config``, wherever it asks for it."""
    current.cache_clear()
    readers = ("access", "clients", "git", "github", "gitlab", "url")
    places = ("config", "actions", *(f"sources.{name}" for name in readers))
    for place in places:
        name = "configuration" if place == "actions" else "current"
        monkeypatch.setattr(f"catalog.{place}.{name}", lambda: config)


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    """A GitHub at the host github.test, with a token for it in the configuration."""
    with FakeGitHub() as fake:
        named = [{"host": "github.test", "apiBaseUrl": fake.url, "token": "ghp-secret"}]
        hosts = parse({"integrations": {"github": named}}).hosts
        use(monkeypatch, AppConfig(reading_allow=(ReadingAllow(fake.netloc),), hosts=hosts))
        yield fake


@pytest.fixture
def gitlab(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitLab]:
    """A GitLab at the host gitlab.test, with a token for it in the configuration."""
    with FakeGitLab() as fake:
        named = [{"host": "gitlab.test", "apiBaseUrl": fake.url, "token": "glpat-secret"}]
        hosts = parse({"integrations": {"gitlab": named}}).hosts
        use(monkeypatch, AppConfig(reading_allow=(ReadingAllow(fake.netloc),), hosts=hosts))
        yield fake


@pytest.fixture
def start(db: None) -> Iterator[Start]:
    """Starts workers; all are killed at the end."""
    started: list[Worker] = []

    def make(**more: str) -> Worker:
        started.append(start_worker(**more))
        return started[-1]

    yield make
    for process in started:
        process.kill()
        process.wait()
