"""A live server, browsers in which people are signed in, and a hook that fails a test on anything in the console."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize

# Playwright's loop runs in this thread, which Django takes for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

AXE = settings.BASE_DIR / "node_modules/axe-core/axe.min.js"
WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 375, "height": 812}


@dataclass
class Complaints:
    """What browsers complained about during a test; ``expected`` are fragments of texts that may come."""

    seen: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Collect the page's errors; a refusal by the Content-Security-Policy is one of them."""
        page.on("console", lambda message: self._note(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._note(str(error)))

    def _note(self, text: str) -> None:
        if not any(part in text for part in self.expected):
            self.seen.append(text)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium where there is one, so that nothing is downloaded."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-headless-shell", "google-chrome"))), None)
    arguments = ["--no-sandbox"] if os.getuid() == 0 else []
    return {**browser_type_launch_args, "args": arguments, **({"executable_path": found} if found else {})}


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Fails the test when the console says an error that the test does not expect."""
    heard = Complaints()
    yield heard
    assert heard.seen == [], "the browser's console complained"


@pytest.fixture
def open_as(
    browser: Browser, live_server: Any, complaints: Complaints, transactional_db: None
) -> Iterator[Callable[..., Page]]:
    """A new browser in which ``user`` is signed in; more options go to Playwright's context."""
    contexts = []

    def make(user: Any, **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **{"viewport": WIDE, **options})
        contexts.append(context)
        context.add_cookies([_session_cookie(user, live_server.url)])
        page = context.new_page()
        complaints.watch(page)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def alice_page(open_as: Callable[..., Page], alice: Any) -> Page:
    """Alice's browser."""
    return open_as(alice)


@pytest.fixture
def pat_page(open_as: Callable[..., Page], pat: Any) -> Page:
    """Pat's browser."""
    return open_as(pat)


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """What axe finds on a page; the page's context needs ``bypass_csp=True``, because axe is injected."""

    def run(page: Page) -> list[str]:
        page.add_script_tag(path=AXE)
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = page.evaluate("tags => axe.run({runOnly: tags})", tags)["violations"]
        return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]

    return run


@pytest.fixture
def overflow() -> Callable[[Page], int]:
    """By how many pixels a page is wider than its window."""
    return lambda page: int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )


def _session_cookie(user: Any, url: str) -> Any:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}
