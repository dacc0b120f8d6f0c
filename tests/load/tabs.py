"""A leak test of open tabs while the counts change.

``python -m tests.load.tabs --tabs 20 --minutes 10`` opens tabs in a real Chromium on one Daphne,
while a crowd of real WebSockets comes and goes. It compares nodes, listeners, and heap after the
first minute with those at the end, each after a garbage collection. The exit status is 1 if one of
them grew by more than 5 %.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from websockets.sync.client import connect

from tests.services import programs
from tests.services.browser import FLAGS
from tests.services.site import UNLIMITED, DaphneServer, manage

#: The metrics of DevTools that must not grow, and their names in the output.
COUNTED = {"Nodes": "nodes", "JSEventListeners": "listeners", "JSHeapUsedSize": "heap bytes"}
MOST_GROWTH = 0.05
READINGS = 4
BETWEEN_READINGS_MS = 50
WARM_UP_SECONDS = 60
#: About the interval of the server's broadcasts.
CHANGE_EVERY_SECONDS = 0.25
#: Size of the crowd, so that the count gains and loses digits.
CROWD = 130

Reading = dict[str, float]


class Watched:
    """A page and its DevTools session."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Performance.enable")

    def read(self) -> Reading:
        """Return the lowest of several readings, because one collection may miss garbage."""
        readings = [self._read() for _ in range(READINGS)]
        return {name: min(reading[name] for reading in readings) for name in COUNTED}

    def _read(self) -> Reading:
        self.page.wait_for_timeout(BETWEEN_READINGS_MS)
        self._session.send("HeapProfiler.collectGarbage")
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        values = {metric["name"]: metric["value"] for metric in metrics}
        return {name: values[name] for name in COUNTED}


def read(tabs: Sequence[Watched]) -> Reading:
    """Return the sums over all tabs."""
    readings = [tab.read() for tab in tabs]
    return {name: sum(reading[name] for reading in readings) for name in COUNTED}


def growth(before: Reading, after: Reading) -> dict[str, float]:
    """Return the growth of each metric as a share: 0.05 is 5 %."""
    return {name: after[name] / before[name] - 1 for name in COUNTED}


class Crowd:
    """At most ``CROWD`` sockets of visitors that come and go one at a time."""

    def __init__(self, url: str) -> None:
        self.changes = 0
        self._url = url
        self._sockets: list[ExitStack] = []
        self._growing = True

    def move(self) -> None:
        if len(self._sockets) in (0, CROWD):
            self._growing = not self._sockets
        if self._growing:
            # Without a cookie, another user agent is another visitor.
            agent = f"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.{self.changes}"
            # Nothing reads these sockets. A full queue would block the answers to pings.
            self._sockets.append(ExitStack())
            self._sockets[-1].enter_context(
                connect(self._url, user_agent_header=agent, max_queue=None, compression=None)
            )
        else:
            self._sockets.pop(random.randrange(len(self._sockets))).close()
        self.changes += 1

    def leave(self) -> None:
        for socket in self._sockets:
            socket.close()


def opened(browser: Browser, url: str, number: int) -> list[Watched]:
    """Open tabs of one visitor."""
    context = browser.new_context()
    tabs = []
    for _ in range(number):
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("live-user-counter[state=live]")
        tabs.append(Watched(page))
    return tabs


def watch(browser: Browser, server: DaphneServer, number: int, minutes: float) -> bool:
    """Run the test and print the metrics. Return whether their growth is within the limit."""
    tabs = opened(browser, server.url, number)
    crowd = Crowd(server.ws_url)
    began = time.monotonic()
    first: Reading | None = None
    while (passed := time.monotonic() - began) < WARM_UP_SECONDS + 60 * minutes:
        if first is None and passed >= WARM_UP_SECONDS:
            first = read(tabs)
        crowd.move()
        tabs[0].page.wait_for_timeout(1_000 * CHANGE_EVERY_SECONDS)
    last = read(tabs)
    crowd.leave()
    assert first is not None
    print(f"{number} tabs, {minutes:g} minutes, {crowd.changes} arrivals and departures")
    grown = growth(first, last)
    for name, label in COUNTED.items():
        print(f"{label}: {first[name]:,.0f} -> {last[name]:,.0f} ({grown[name]:+.2%})")
    return max(grown.values()) <= MOST_GROWTH


def measure(number: int, minutes: float) -> bool:
    programs.lend_node_to_playwright()
    with tempfile.TemporaryDirectory() as directory, ExitStack() as ending:
        given = {
            "DEBUG": "false",
            "SECRET_KEY": "for-a-measurement-only-but-long-enough-for-every-check-there-is",
            "DATABASE_URL": f"sqlite:///{Path(directory) / 'site.sqlite3'}",
            "STATIC_ROOT": str(Path(directory) / "static"),
            "LANDING_LINGER_SECONDS": "1",
            **UNLIMITED,
        }
        manage("migrate", "--verbosity=0", **given)
        manage("collectstatic", "--noinput", "--verbosity=0", **given)
        server = DaphneServer(given, "-v", "0")
        ending.callback(server.close)
        server.start()
        playwright = ending.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=programs.chromium(), args=FLAGS)
        ending.callback(browser.close)
        return watch(browser, server, number, minutes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tabs", type=int, default=20, help="number of tabs (20)")
    parser.add_argument("--minutes", type=float, default=10, help="duration after the warm-up (10)")
    options = parser.parse_args()
    sys.exit(0 if measure(options.tabs, options.minutes) else 1)


if __name__ == "__main__":
    main()
