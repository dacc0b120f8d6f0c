"""Read the number on a host's page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.services import programs
from tests.services.browser import FLAGS

#: One browser each: without the optional middleware, equal ones of one address are one person.
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{}.0.0.0 Safari/537.36"
WAIT_MS = 60_000
NUMBER = 'live-user-counter [part="figure"]'


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the browser of the tests."""
    programs.lend_node_to_playwright()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=programs.headless_chromium(), args=FLAGS
        )
        yield started
        started.close()


class Visitor:
    """One person with one page. Failed requests and errors of the page are kept."""

    def __init__(self, browser: Browser, number: int) -> None:
        """Visitors with different numbers have different browsers."""
        self._context = browser.new_context(
            user_agent=AGENT.format(100 + number),
            locale="de",
            viewport={"width": 800, "height": 600},
        )
        self.problems: list[str] = []
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on(
            "console",
            lambda message: (
                self.problems.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        self.page.on(
            "response",
            lambda response: (
                self.problems.append(f"{response.status} {response.url}")
                if response.status >= 400
                else None
            ),
        )

    def open(self, url: str) -> None:
        """Open a page, and wait until a live number is visible."""
        self.page.goto(url)
        expect(self.page.locator(NUMBER)).to_be_visible(timeout=WAIT_MS)
        expect(self.page.locator("live-user-counter")).to_have_attribute(
            "state", "live", timeout=WAIT_MS
        )

    def log_in(self, url: str, email: str, password: str) -> None:
        """Fill in the form at this address."""
        self.page.goto(url)
        self.page.fill("input[name=username]", email)
        self.page.fill("input[name=password]", password)
        self.page.click("main button")

    def sees(self, number: int) -> None:
        """Wait until the page shows this number of people."""
        expect(self.page.locator(NUMBER)).to_have_text(str(number), timeout=WAIT_MS)

    def reads(self, text: str) -> None:
        """Wait until the page has this text."""
        expect(self.page.get_by_text(text)).to_be_visible(timeout=WAIT_MS)

    def leave(self) -> None:
        """Close the page."""
        self._context.close()
