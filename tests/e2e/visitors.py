"""Visitors and their tabs: how a test drives the browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    BrowserContext,
    Locator,
    Page,
    Route,
    ViewportSize,
    WebSocket,
    expect,
)

from tests.services.raw_websocket import RawWebSocket
from tests.services.site import ROOT, DaphneServer

SCREENSHOTS = ROOT / "test-output" / "screenshots"
#: Widths of a phone and of a desktop with their heights, each with one color scheme. Layout
#: depends on the width and contrast on the scheme, so two of the four combinations cover both.
SCREENS = [(360, 740, "dark"), (1440, 900, "light")]
#: The default of Playwright.
VIEWPORT: ViewportSize = {"width": 1280, "height": 720}
#: How long a test waits for the page. Generous, because the machine runs other tests too.
TIMEOUT_MS = 60_000
expect.set_options(timeout=TIMEOUT_MS)

FINISH_TRANSITIONS = """
for (const animation of document.getAnimations())
  if (animation instanceof CSSTransition) animation.finish();
"""


class Tab:
    """One tab, with every frame that the server sent to it."""

    def __init__(self, page: Page, url: str, screenshots: bool = False) -> None:
        self.page = page
        self._has_screenshots = screenshots
        self.frames: list[dict[str, Any]] = []
        #: The messages on the console, and the exceptions that no script caught.
        self.console_messages: list[str] = []
        page.on("websocket", self._record)
        page.on("pageerror", lambda error: self.console_messages.append(str(error)))
        page.on("console", lambda message: self.console_messages.append(message.text))
        page.goto(url)

    @property
    def counter(self) -> Locator:
        return self.page.locator("live-user-counter")

    @property
    def latest_count(self) -> dict[str, Any]:
        return [frame for frame in self.frames if frame["type"] == "connection-count"][-1]

    def part(self, name: str) -> Locator:
        return self.page.locator(f'[part="{name}"]')

    def expect_people(self, people: int, timeout_ms: int = TIMEOUT_MS) -> None:
        """Wait until the counter shows this number."""
        expect(self.part("figure")).to_have_text(str(people), timeout=timeout_ms)

    def expect_state(self, state: str, timeout_ms: int = TIMEOUT_MS) -> None:
        """Wait until the counter is in this state."""
        expect(self.counter).to_have_attribute("state", state, timeout=timeout_ms)

    def expect_count(self, timeout_ms: int = TIMEOUT_MS, **fields: Any) -> None:
        """Wait until the latest ``connection-count`` frame has these fields."""
        for _ in range(timeout_ms // 50):
            counts = [frame for frame in self.frames if frame["type"] == "connection-count"]
            if counts and counts[-1] | fields == counts[-1]:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"expected {fields}, got {self.frames}")

    def expect_frame(self, kind: str, after: int = 0, timeout_ms: int = TIMEOUT_MS) -> None:
        """Wait until a frame of this type has arrived, after the first ``after`` frames."""
        for _ in range(timeout_ms // 50):
            if any(frame["type"] == kind for frame in self.frames[after:]):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"expected {kind} after {after} frames, got {self.frames}")

    def stop_clock(self) -> None:
        """From here on, let time pass only with ``run_for``. The clock must be installed.

        Otherwise a busy machine adds its own seconds to those that the test lets pass.
        """
        self.page.clock.pause_at(self.page.evaluate("Date.now()") / 1_000 + 2)

    def save_screenshot(self, name: str, part: Locator | None = None) -> None:
        """With ``--screenshots``, save a picture of the page, or of one part."""
        if not self._has_screenshots:
            return
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        if part is not None:
            part.screenshot(path=path, animations="disabled")
        else:
            self.page.screenshot(path=path, full_page=True, animations="disabled")

    def accessibility_violations(self, rules: list[str] | None = None) -> list[str]:
        """Return everything that axe-core finds, whatever its severity, by all or some rules.

        Transitions end first: axe would see colors between those of two states.
        """
        self.page.evaluate(FINISH_TRANSITIONS)
        # Without this, axe returns everything that it has checked, too, which takes seconds.
        options: dict[str, Any] = {"resultTypes": ["violations"]}
        if rules:
            options["runOnly"] = rules
        violations = Axe().run(self.page, options=options).response["violations"]
        return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in violations]

    def _record(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda text: self.frames.append(json.loads(text)))


class Visitor:
    """One browser: its tabs share cookies with each other and with nobody else."""

    def __init__(
        self, context: BrowserContext, site: DaphneServer, screenshots: bool = False
    ) -> None:
        self.context = context
        self.site = site
        self._has_screenshots = screenshots

    def open(self, path: str = "/") -> Tab:
        return Tab(self.context.new_page(), self.site.url + path, self._has_screenshots)

    def rewrite_page(self, replacements: Mapping[str, str]) -> None:
        """Replace each of these patterns in every landing page that this visitor loads."""

        def fulfill(route: Route) -> None:
            answer = route.fetch()
            body = answer.text()
            for pattern, text in replacements.items():
                body, count = re.subn(pattern, text, body)
                assert count, f"the page has no match for {pattern}"
            route.fulfill(response=answer, body=body)

        self.context.route(self.site.url + "/", fulfill)

    def close(self) -> None:
        """Close the browser with all its tabs."""
        self.context.close()


class ReusedVisitor(Visitor):
    """A visitor with one page at a time, which loads in the process of the page before."""

    def open(self, path: str = "/") -> Tab:
        page = self.context.pages[0] if self.context.pages else self.context.new_page()
        return Tab(page, self.site.url + path, self._has_screenshots)

    def forget(self) -> None:
        """Undo what a test did, except for routes of sockets: those of the next test win."""
        self.context.unroute_all()
        self.context.clear_cookies()
        for page in self.context.pages:
            page.evaluate("try { localStorage.clear(); sessionStorage.clear(); } catch {}")
            page.mouse.move(0, 0)
            page.emulate_media(color_scheme="light")
            if page.viewport_size != VIEWPORT:
                page.set_viewport_size(VIEWPORT)


#: The type of the fixture ``new_visitor``.
NewVisitor = Callable[..., Visitor]
#: The type of the fixture ``arrive``.
Arrive = Callable[..., RawWebSocket]


def wait_for_people(person: RawWebSocket, people: int) -> None:
    """Wait until the server has sent this count to a person who arrived without a browser."""
    person.wait_for(lambda message: message.get("people") == people)
