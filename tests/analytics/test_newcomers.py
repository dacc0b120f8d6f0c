"""Page views of new visitors: one address and user agent may be many browsers, or one program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from landing.analytics import dwell_rows, middleware, recording
from landing.analytics.dimensions.widths import Widths
from landing.analytics.first_dwell_rows import FirstDwellRows
from landing.analytics.write_buffer.buffer import WriteBuffer
from landing.analytics.write_buffer.held_rows import HOLD_SECONDS, MAX_HELD_ROWS
from landing.analytics.write_buffer.insert import PendingRow
from landing.live.connection import Connection
from landing.models import Event
from landing.visitors import visitor_cookie
from landing.visitors.newcomers import Newcomers
from tests.live.presence.simulation import new_connection

NOON = datetime(2026, 1, 31, 12, 1, tzinfo=UTC)
CHROME = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36"
COOKIE = "landing_visitor"


class Site:
    """A deployment of several processes with one fake clock and one table."""

    def __init__(self, processes: int = 1) -> None:
        self.seconds = 0.0
        self.rows: list[PendingRow] = []
        self.processes = [Process(self) for _ in range(processes)]

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
        for process in self.processes:
            process.write_due_rows()

    def close(self) -> None:
        for process in self.processes:
            assert process.writer.flush()

    def views(self) -> list[bytes]:
        return [row.visitor for row in self.rows if row.event == Event.PAGE_VIEW]

    def visitors(self) -> set[bytes]:
        return {row.visitor for row in self.rows}


class Process:
    """The state of one server process."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.newcomers = Newcomers()
        self.first_dwell_rows = FirstDwellRows(site.now)
        self.widths = Widths()
        self.writer = WriteBuffer(
            self._store, in_background=False, clock=lambda: site.seconds, uniform=lambda a, b: b
        )

    def _store(self, rows: Sequence[PendingRow]) -> int:
        dwells = {(row.visitor, row.at) for row in self.site.rows if row.event == Event.HEARTBEAT}
        new = [row for row in rows if (row.visitor, row.at) not in dwells]
        self.site.rows += new
        return len(new)

    def write_due_rows(self) -> None:
        while self.writer.seconds_until_due() == 0:
            assert self.writer._batches.write()

    @contextmanager
    def running(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(middleware, "newcomers", self.newcomers)
            patch.setattr(middleware, "first_dwell_rows", self.first_dwell_rows)
            patch.setattr(recording, "writer", self.writer)
            patch.setattr(recording, "widths", self.widths)
            yield


@dataclass
class Browser:
    """A client. All have one user agent, and one of two addresses."""

    keeps_cookies: bool = True
    runs_scripts: bool = True
    width: str = ""
    address: str = "192.0.2.1"
    visitor: bytes | None = None
    #: cookies that the site has received
    seen: set[bytes] = field(default_factory=set)

    def view(self, process: Process, path: str = "/", **headers: str) -> None:
        cookie = f"{COOKIE}={visitor_cookie.dump_cookie(self.visitor)}" if self.visitor else ""
        request = RequestFactory().get(
            path,
            REMOTE_ADDR=self.address,
            headers={"User-Agent": CHROME, "Cookie": cookie, **headers},
        )

        async def answer(request: HttpRequest) -> HttpResponse:
            return HttpResponse("<p>Hello</p>")

        with process.running():
            response = async_to_sync(middleware.VisitorMiddleware(answer))(request)
        if self.visitor:
            self.seen.add(self.visitor)
        elif self.keeps_cookies and COOKIE in response.cookies:
            self.visitor = visitor_cookie.parse_cookie(response.cookies[COOKIE].value)

    def connect(self, process: Process) -> Connection | None:
        """Open the WebSocket, as a page with a cookie does."""
        if not (self.runs_scripts and self.visitor):
            return None
        self.seen.add(self.visitor)
        connection = new_connection("someone")
        connection.visitor = self.visitor
        connection.width = self.width
        with process.running():
            process.first_dwell_rows.record(connection)
        return connection


@pytest.fixture
def site() -> Site:
    return Site()


def test_each_of_20_browsers_in_an_office_is_a_visitor_with_its_own_view(site: Site) -> None:
    office = [Browser() for _ in range(20)]
    for browser in office:
        browser.view(site.processes[0])
    site.advance(2)
    for browser in office:
        browser.connect(site.processes[0])
    site.advance(2)

    assert sorted(site.views()) == sorted(browser.visitor or b"" for browser in office)
    assert len(site.rows) == 20, "a visitor with a page view needs no other row"


def test_views_have_the_width_that_their_connection_reports(site: Site) -> None:
    (process,) = site.processes
    phone, desktop, plain = Browser(width="small"), Browser(width="large"), Browser()
    for browser in (phone, desktop, plain):
        browser.view(process)
    site.advance(1)
    assert site.rows == [], "views wait for the connection of their page"
    for browser in (phone, desktop, plain):
        browser.connect(process)
    site.advance(2)
    assert [row.width for row in site.rows] == ["small", "large", ""]

    phone.view(process, "/second")
    site.advance(1)
    assert site.rows[-1].path == "/second", "a view of a known width does not wait"
    assert site.rows[-1].width == "small"


def test_a_view_without_a_connection_is_stored_without_a_width(site: Site) -> None:
    (process,) = site.processes
    browser = Browser(width="small", visitor=visitor_cookie.create_visitor())
    browser.view(process, "/first")
    site.advance(1)
    browser.view(process, "/second")
    browser.connect(process)
    site.advance(2)

    assert [(row.path, row.width) for row in site.rows] == [("/first", ""), ("/second", "small")]


def test_a_request_of_a_script_does_not_end_the_wait_for_the_width(site: Site) -> None:
    (process,) = site.processes
    first, second = Browser(), Browser(width="small")
    for browser in (first, second):
        browser.view(process)
    second.view(process, "/api/landing/stats/")
    site.advance(1)
    second.connect(process)
    site.close()

    assert {(row.visitor, row.width) for row in site.rows} == {
        (first.visitor, ""),
        (second.visitor, "small"),
    }


def test_browsers_that_connect_late_or_to_another_process_are_visitors() -> None:
    site = Site(processes=2)
    office = [Browser() for _ in range(20)]
    for browser in office:
        browser.view(site.processes[0])
    site.advance(HOLD_SECONDS + 2)
    for browser in office:
        browser.connect(site.processes[1])
    site.close()

    assert len(site.views()) == 20
    assert site.visitors() == {browser.visitor for browser in office}


def test_browsers_that_poll_because_a_proxy_blocks_websockets_are_visitors(site: Site) -> None:
    office = [Browser(runs_scripts=False) for _ in range(5)]
    for path in ("/", "/api/landing/stats/"):
        for browser in office:
            browser.view(site.processes[0], path)
        site.advance(1)
    site.close()

    assert sorted(site.views()) == sorted(browser.visitor or b"" for browser in office)


def test_browsers_without_scripts_are_visitors_once_their_cookie_returns(site: Site) -> None:
    office = [Browser(runs_scripts=False) for _ in range(5)]
    for _ in range(2):
        for browser in office:
            browser.view(site.processes[0])
        site.advance(1)
    site.close()

    assert sorted(site.views()) == sorted(2 * [browser.visitor or b"" for browser in office])


@pytest.mark.parametrize("pause_seconds", [0.01, 1, 60])
def test_a_client_that_rejects_cookies_is_one_visitor(site: Site, pause_seconds: float) -> None:
    monitor = Browser(keeps_cookies=False)
    for _ in range(50):
        monitor.view(site.processes[0])
        site.advance(pause_seconds)
    site.advance(HOLD_SECONDS + 2)

    assert len(site.views()) == 50
    assert len(site.visitors()) == 1


def test_a_client_that_rejects_cookies_and_browsers_share_an_address(site: Site) -> None:
    monitor, office = Browser(keeps_cookies=False), [Browser() for _ in range(10)]
    for browser in office:
        monitor.view(site.processes[0])
        browser.view(site.processes[0])
        browser.connect(site.processes[0])
    site.close()

    assert len(site.views()) == 20
    assert len(site.visitors()) == 11


def test_a_prefetched_page_that_is_shown_makes_a_visitor_without_a_view(site: Site) -> None:
    browser = Browser()
    browser.view(site.processes[0], **{"Sec-Purpose": "prefetch"})
    site.advance(1)
    assert site.rows == []
    browser.connect(site.processes[0])
    site.close()

    assert site.visitors() == {browser.visitor}
    assert site.views() == []


def test_a_page_from_a_cache_makes_a_visitor_of_today(site: Site) -> None:
    browser = Browser(visitor=visitor_cookie.create_visitor())
    browser.connect(site.processes[0])
    site.advance(2)

    (row,) = site.rows
    assert (row.visitor, row.event) == (browser.visitor, Event.HEARTBEAT)
    assert row.at == dwell_rows.last_due_at(NOON)


def test_a_visitor_that_reconnects_often_leaves_one_row_per_interval() -> None:
    site = Site(processes=2)
    browser = Browser(visitor=visitor_cookie.create_visitor())
    for number in range(60):
        browser.connect(site.processes[number % 2])
        site.advance(10)

    assert len(site.rows) == 3, "10 minutes touch three intervals of 5 minutes"


def test_a_visitor_that_connects_after_midnight_is_a_visitor_of_the_new_day(
    site: Site, settings: object
) -> None:
    settings.LANDING_ANALYTICS_HEARTBEAT_MINUTES = 7  # type: ignore[attr-defined]
    midnight = datetime(2026, 2, 1, tzinfo=UTC)
    browser = Browser()
    site.seconds = (midnight - NOON).total_seconds() - 1
    browser.view(site.processes[0])
    browser.connect(site.processes[0])
    site.advance(2)
    browser.connect(site.processes[0])
    site.close()

    assert [row.at for row in site.rows if row.event == Event.HEARTBEAT] == [midnight]


def test_the_hashes_of_a_day_are_forgotten_on_the_next() -> None:
    today = [date(2026, 1, 31)]
    newcomers = Newcomers(today=lambda: today[0])
    assert newcomers.first_visitor(b"hash", b"first") == b"first"
    assert newcomers.first_visitor(b"hash", b"second") == b"first"
    today[0] += timedelta(days=1)
    assert newcomers.first_visitor(b"another hash", b"third") == b"third"
    assert list(newcomers._first) == [b"another hash"]


def test_held_views_are_limited(site: Site) -> None:
    monitor = Browser(keeps_cookies=False)
    monitor.view(site.processes[0])
    site.advance(HOLD_SECONDS + 2)
    writer, (row,) = site.processes[0].writer, site.rows
    for number in range(MAX_HELD_ROWS + 10):
        writer.hold(number.to_bytes(16), row)

    assert 0 < (writer.seconds_until_due() or 0) <= HOLD_SECONDS
    assert writer.waiting_rows == MAX_HELD_ROWS + 10
    assert len(writer._queue._rows) == 10


CLIENTS = st.lists(
    st.builds(
        Browser,
        keeps_cookies=st.booleans(),
        runs_scripts=st.booleans(),
        address=st.sampled_from(["192.0.2.1", "192.0.2.2"]),
    ),
    min_size=1,
    max_size=8,
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["view", "connect", "wait"]),
        st.integers(0, 7),
        st.integers(0, 1),
        st.sampled_from([0.1, 1.0, HOLD_SECONDS, 60.0, 400.0]),
    ),
    max_size=60,
)


@pytest.fixture(autouse=True)
def no_limit_of_visitors(settings: Any) -> None:
    """Let the few addresses of a history have any number of visitors."""
    settings.LANDING_NETWORK_MAX_PEOPLE = 0


@given(CLIENTS, STEPS)
def test_every_view_is_one_row_of_a_visitor_that_returned_or_of_the_first_of_its_address(
    clients: list[Browser], steps: list[tuple[str, int, int, float]]
) -> None:
    site, views = Site(processes=2), 0
    for step, which, process, seconds in steps:
        client = clients[which % len(clients)]
        if step == "wait":
            site.advance(seconds)
        elif step == "view":
            client.view(site.processes[process])
            views += 1
        else:
            client.connect(site.processes[process])
    site.close()

    seen = set[bytes]().union(*(client.seen for client in clients))
    firsts = {first for each in site.processes for first in each.newcomers._first.values()}
    assert len(site.views()) == views
    assert seen <= site.visitors() <= seen | firsts
    assert len(firsts) <= 2 * 2, "one per address and process"
    dwells = [(row.visitor, row.at) for row in site.rows if row.event == Event.HEARTBEAT]
    assert len(dwells) == len(set(dwells))
