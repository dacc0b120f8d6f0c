"""A real browser for the tests in this folder: each visitor has a context of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Route,
    WebSocket,
    expect,
    sync_playwright,
)

from tests.services.browser import FLAGS
from tests.services.site import ROOT, DaphneServer

SCREENSHOTS = ROOT / "test-output" / "screenshots"
#: What a page is waited for, on a machine that does other things too.
WITHIN_MS = 15_000
expect.set_options(timeout=WITHIN_MS)
#: Short, so that somebody who leaves is soon gone.
LINGER_SECONDS = 1


class Tab:
    """One tab on the landing page, and every frame that the server has sent it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.frames: list[dict[str, Any]] = []
        self.complaints: list[str] = []
        page.on("websocket", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.goto(url)

    @property
    def counter(self) -> Locator:
        return self.page.locator("live-user-counter")

    @property
    def last_count(self) -> dict[str, Any]:
        return [frame for frame in self.frames if frame["type"] == "connection-count"][-1]

    def part(self, name: str) -> Locator:
        return self.page.locator(f'[part="{name}"]')

    def shows(self, people: int, within_ms: int = WITHIN_MS) -> None:
        """Wait until the counter shows so many people."""
        expect(self.part("figure")).to_have_text(str(people), timeout=within_ms)

    def is_in_state(self, state: str, within_ms: int = WITHIN_MS) -> None:
        """Wait until the counter says that it is in this state."""
        expect(self.counter).to_have_attribute("state", state, timeout=within_ms)

    def gets(self, within_ms: int = WITHIN_MS, **fields: Any) -> None:
        """Wait until the newest count frame has these fields."""
        for _ in range(within_ms // 20):
            if self.frames and self.last_count | fields == self.last_count:
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(f"waited for {fields}, got {self.last_count}")

    def looks(self, name: str) -> None:
        """Keep a screenshot for people to look at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(
            path=SCREENSHOTS / f"{name}.png", full_page=True, animations="disabled"
        )

    def barriers(self) -> list[str]:
        """What axe-core finds, serious or not."""
        violations = Axe().run(self.page).response["violations"]
        return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in violations]

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda text: self.frames.append(json.loads(text)))


class Visitor:
    """A browser of its own: cookies shared by its tabs and by nobody else."""

    def __init__(self, context: BrowserContext, site: DaphneServer) -> None:
        self.context = context
        self.site = site

    def opens(self, path: str = "/") -> Tab:
        return Tab(self.context.new_page(), self.site.url + path)

    def gets_a_page_where(self, changes: Mapping[str, str]) -> None:
        """Let the landing page come with each of these patterns replaced."""

        def fulfill(route: Route) -> None:
            answer = route.fetch()
            body = answer.text()
            for pattern, text in changes.items():
                body, count = re.subn(pattern, text, body)
                assert count, f"nothing on the page is {pattern}"
            route.fulfill(response=answer, body=body)

        self.context.route(self.site.url + "/", fulfill)

    def leaves(self) -> None:
        self.context.close()


@pytest.fixture(scope="package")
def launch(chromium_path: Path) -> Iterator[Callable[..., Browser]]:
    """``launch(**options)`` starts Chromium, with options of Playwright's ``launch``."""
    # Not for the whole session: Playwright leaves a running loop behind in this thread.
    with sync_playwright() as playwright:
        yield partial(playwright.chromium.launch, executable_path=chromium_path, args=FLAGS)


@pytest.fixture(scope="package")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture
def site(daphne: Callable[..., DaphneServer]) -> DaphneServer:
    return daphne(LANDING_LINGER_SECONDS=str(LINGER_SECONDS))


@pytest.fixture
def visitor(browser: Browser, site: DaphneServer) -> Iterator[Callable[..., Visitor]]:
    """``visitor(java_script_enabled=False)`` comes with a browser context with these options."""
    contexts: list[BrowserContext] = []

    def comes(**options: Any) -> Visitor:
        contexts.append(browser.new_context(**options))
        return Visitor(contexts[-1], site)

    yield comes
    for context in contexts:
        context.close()
