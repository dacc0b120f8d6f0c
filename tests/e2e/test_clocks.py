"""Clocks: pages from caches, a browser's clock that is wrong, and a server's that is set back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.played import API, SOCKET
from tests.e2e.visitors import Arrive, NewVisitor, Tab, Visitor
from tests.services import http
from tests.services.redis import RedisServer
from tests.services.site import QUICK, DaphneServer, with_own_database

NEVER_NEGATIVE = re.compile(r"-\d|in \d")


def refuse_the_server(visitor: Visitor) -> None:
    """Stop the server as this visitor sees it: only pages and files from the cache are left."""
    visitor.context.route_web_socket(SOCKET, lambda socket: socket.close())
    visitor.context.route(API, lambda route: route.abort())


def open_cached(visitor: Visitor, body: str, clock_is_at: datetime) -> Tab:
    """Open a page that a cache has kept, in a browser whose clock is at this time."""
    visitor.context.clock.install(time=clock_is_at)
    visitor.context.route(
        visitor.site.url + "/",
        lambda route: route.fulfill(body=body, content_type="text/html; charset=utf-8"),
    )
    return visitor.open()


def fetch_page(site: DaphneServer) -> str:
    return http.get(site.url).text


@pytest.mark.parametrize(
    ("later", "age"),
    [
        (timedelta(seconds=95), "1 minute ago"),
        (timedelta(hours=3, minutes=1), "3 hours ago"),
        (timedelta(days=40, minutes=1), "40 days ago"),
    ],
    ids=["cache", "suspended", "saved"],
)
def test_a_page_from_a_cache_shows_the_age_of_its_number(
    new_visitor: NewVisitor, site: DaphneServer, later: timedelta, age: str
) -> None:
    visitor = new_visitor()
    refuse_the_server(visitor)
    tab = open_cached(visitor, fetch_page(site), datetime.now(UTC) + later)

    expect(tab.part("status")).to_have_text(f"Connecting… · counted {age}")


def test_a_browser_clock_that_is_behind_gives_no_negative_age(
    new_visitor: NewVisitor, site: DaphneServer
) -> None:
    visitor = new_visitor()
    refuse_the_server(visitor)
    tab = open_cached(visitor, fetch_page(site), datetime.now(UTC) - timedelta(hours=5))

    expect(tab.part("status")).to_contain_text(re.compile(r"Connecting… · counted \d seconds? ago"))
    visitor.context.clock.fast_forward("02:00")
    expect(tab.part("status")).to_have_text("Connecting… · counted 2 minutes ago")


def test_a_browser_clock_that_is_decades_ahead_gives_no_age(
    new_visitor: NewVisitor, site: DaphneServer
) -> None:
    visitor = new_visitor()
    refuse_the_server(visitor)
    tab = open_cached(visitor, fetch_page(site), datetime(2099, 1, 1, tzinfo=UTC))

    expect(tab.part("status")).to_have_text("Connecting…")


@pytest.mark.parametrize("wrong_by", [timedelta(hours=-5), timedelta(hours=5)], ids=str)
def test_with_a_wrong_browser_clock_the_age_counts_from_the_last_answer(
    new_visitor: NewVisitor, site: DaphneServer, wrong_by: timedelta
) -> None:
    visitor = new_visitor()
    visitor.context.clock.install(time=datetime.now(UTC) + wrong_by)
    tab = visitor.open()
    tab.expect_state("live")
    tab.expect_people(1)
    site.pause()
    try:
        tab.page.evaluate("dispatchEvent(new Event('pagehide'))")
        visitor.context.clock.fast_forward("03:00")
        tab.page.evaluate("dispatchEvent(new Event('pageshow'))")
        expect(tab.part("status")).to_have_text("Connecting… · counted 3 minutes ago")
    finally:
        site.resume()
    tab.expect_state("live")
    expect(tab.part("status")).to_have_text("")


def test_a_page_may_be_kept_by_its_browser_only(site: DaphneServer) -> None:
    page, stats = http.get(site.url), http.get(site.url + "/api/landing/stats/")
    assert page.headers["Cache-Control"] == "private, no-cache"
    assert stats.headers["Cache-Control"] == "no-store"


@pytest.fixture
def start_with_clock(
    production: dict[str, str], tmp_path: Path
) -> Iterator[Callable[..., DaphneServer]]:
    """Start a server that takes its clock from its environment, with further variables."""
    servers: list[DaphneServer] = []

    def prepare(**given: str) -> DaphneServer:
        own = {**with_own_database(production, tmp_path), **QUICK, **given}
        own["CLOCK_OFFSET_SECONDS"] = "0"
        servers.append(DaphneServer(own, application="tests.e2e.set_back:application"))
        servers[-1].start()
        return servers[-1]

    yield prepare
    for server in servers:
        server.close()


def publish(server: DaphneServer, *texts: str) -> None:
    code = (
        "import tests.e2e.set_back\n"
        "from landing import activity\n"
        f"for text in {texts!r}: activity.publish(kind='signup', text=text)"
    )
    server.manage("shell", "--no-imports", "-c", code)


@pytest.mark.parametrize(
    ("presence", "steps_back"), [("memory", (60, 172_800)), ("redis", (7_200,))]
)
def test_open_pages_follow_a_server_that_starts_again_with_its_clock_set_back(
    new_visitor: NewVisitor,
    arrive: Arrive,
    start_with_clock: Callable[..., DaphneServer],
    redis_server: RedisServer,
    presence: str,
    steps_back: tuple[int, ...],
) -> None:
    given = {"REDIS_URL": redis_server.url} if presence == "redis" else {}
    server = start_with_clock(**given)
    visitor = new_visitor(server)
    # A page that reconnects soon; the delay is random.
    visitor.context.add_init_script("Math.random = () => 0.1")
    tab = visitor.open()
    arrive(server)
    tab.expect_people(2)
    publish(server, *(f"did {number}" for number in range(6)))
    expect(tab.page.locator("li [part=text]").first).to_have_text("did 5")

    for step, _ in enumerate(steps_back, start=1):
        server.stop()
        tab.expect_state("reconnecting")
        if presence == "redis":
            redis_server.flush()
        server.environment["CLOCK_OFFSET_SECONDS"] = str(-sum(steps_back[:step]))
        server.start()

        tab.expect_people(1)
        tab.expect_state("live")
        publish(server, f"did more in step {step}")
        latest = tab.page.locator("li [part=text]").first
        expect(latest).to_have_text(f"did more in step {step}")
        assert not NEVER_NEGATIVE.search(tab.page.locator("live-activity-feed").inner_text())
        arrive(server)
        tab.expect_people(2)
