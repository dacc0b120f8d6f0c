"""Sleep, hidden tabs, the back-forward cache, restarts, and invalid frames."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, WebSocketRoute, expect

from tests.e2e.played import API, SOCKET, VERSION, WITHOUT_NUMBERS, frame, play_server
from tests.e2e.visitors import Arrive, NewVisitor, Tab, Visitor, wait_for_people
from tests.services.site import DaphneServer
from tests.services.site_pool import GRACE_SECONDS

#: For ``clock.fast_forward``: longer than a hidden tab stays connected.
HALF_AN_HOUR = "30:01"
SPREAD_MS = 60_000


@pytest.fixture
def caching_browser(launch: Callable[..., Browser], full_chromium_path: Path) -> Iterator[Browser]:
    """Start a browser with the back-forward cache, which Playwright turns off by default."""
    browser = launch(
        executable_path=full_chromium_path,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser
    browser.close()


def becomes(tab: Tab, visibility: str) -> None:
    """Set the visibility of a tab. Headless Chromium never hides one."""
    tab.page.evaluate(
        """(hidden) => {
          Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        visibility == "hidden",
    )


def test_after_sleep_a_lost_connection_is_detected(
    new_visitor: NewVisitor, site: DaphneServer
) -> None:
    visitor = new_visitor()
    visitor.context.clock.install()
    tab = visitor.open()
    tab.expect_state("live")
    tab.expect_people(1)
    site.pause()
    try:
        visitor.context.clock.fast_forward("01:00:00")  # it wakes and sends a ping
        visitor.context.clock.run_for(10_000)  # and gets no answer
        tab.expect_state("reconnecting")
        expect(tab.part("status")).to_have_text("Reconnecting… · counted 1 hour ago")
    finally:
        site.resume()

    visitor.context.clock.run_for(30_000)
    tab.expect_state("live", timeout_ms=30_000)
    expect(tab.part("status")).to_have_text("")


def test_after_sleep_a_live_connection_is_kept(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    visitor.context.clock.install()
    tab = visitor.open()
    tab.expect_state("live")
    opened: list[str] = []
    tab.page.on("websocket", lambda socket: opened.append(socket.url))

    before = len(tab.frames)
    visitor.context.clock.fast_forward("01:00:00")

    tab.expect_frame("pong", after=before)
    tab.expect_state("live")
    assert opened == []


def test_a_long_hidden_tab_disconnects_and_returns_when_visible(
    new_visitor: NewVisitor,
) -> None:
    visitor = new_visitor()
    visitor.context.clock.install()
    tab = visitor.open()
    other = new_visitor().open()
    other.expect_people(2)

    becomes(tab, "hidden")
    visitor.context.clock.fast_forward("10:00")
    tab.page.wait_for_timeout(GRACE_SECONDS * 1_000 + 1_000)
    other.expect_people(2)

    visitor.context.clock.fast_forward(HALF_AN_HOUR)
    other.expect_people(1)

    becomes(tab, "visible")
    other.expect_people(2)
    tab.expect_people(2)
    tab.expect_state("live")


def test_a_page_in_the_back_forward_cache_disconnects_until_restored(
    arrive: Arrive, site: DaphneServer, caching_browser: Browser
) -> None:
    tab = Visitor(caching_browser.new_context(), site).open()
    other = arrive()
    wait_for_people(other, 2)
    tab.page.evaluate("window.kept = true")

    tab.page.goto("about:blank")
    wait_for_people(other, 1)
    tab.page.go_back(wait_until="commit")

    wait_for_people(other, 2)
    tab.expect_people(2)
    tab.expect_state("live")
    assert tab.page.evaluate("window.kept")


def test_going_back_without_the_cache_connects_again(
    new_visitor: NewVisitor, arrive: Arrive
) -> None:
    tab = new_visitor().open()
    other = arrive()
    wait_for_people(other, 2)

    tab.page.goto("about:blank")
    wait_for_people(other, 1)
    tab.page.go_back()

    wait_for_people(other, 2)
    tab.expect_people(2)
    tab.expect_state("live")


def test_fifty_quick_restarts_cause_few_connections(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    visitor.context.clock.install()
    # With a random delay, the last attempt could follow at once.
    visitor.context.add_init_script("Math.random = () => 0.5")
    calls = play_server(visitor, frame(16))
    tab = visitor.open()
    for _ in range(50):
        calls[-1].close(code=1001)
        visitor.context.clock.run_for(1_000)
    assert len(calls) <= 15
    tab.expect_state("reconnecting")
    tab.save_screenshot("fifty-restarts")

    for _ in range(40):  # longer than the longest delay
        if tab.counter.get_attribute("state") == "live":
            break
        visitor.context.clock.run_for(1_000)
        tab.page.wait_for_timeout(20)
    calls[-1].send(frame(17, VERSION + 1))
    tab.expect_people(17)
    tab.expect_state("live")
    assert tab.console_messages == []


def test_the_page_survives_restarts_of_a_real_server(
    new_visitor: NewVisitor, site: DaphneServer
) -> None:
    tab = new_visitor().open()
    tab.expect_people(1)

    for end in (site.kill, site.stop, site.kill):
        end()
        site.start()

    tab.expect_state("live", timeout_ms=60_000)
    tab.expect_people(1)
    tab.expect_count(count=1)


def test_connections_that_end_at_once_cause_no_tight_loop(
    new_visitor: NewVisitor,
) -> None:
    visitor = new_visitor()
    visitor.context.clock.install()
    calls: list[WebSocketRoute] = []

    def accept_and_close(socket: WebSocketRoute) -> None:
        calls.append(socket)
        socket.send(json.dumps({"type": "retry", "after_ms_max": 0}))
        socket.close(code=1011)

    visitor.context.route_web_socket(SOCKET, accept_and_close)
    visitor.open()
    for _ in range(120):
        visitor.context.clock.run_for(1_000)

    assert 4 <= len(calls) <= 30


def test_the_spread_of_the_server_is_respected(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    visitor.context.add_init_script("Math.random = () => 0.5;")
    visitor.context.clock.install()
    sockets = play_server(
        visitor, json.dumps({"type": "retry", "after_ms_max": SPREAD_MS}), frame(17)
    )
    tab = visitor.open()
    tab.expect_people(17)
    tab.stop_clock()

    sockets[0].close(code=1001)
    tab.page.wait_for_timeout(200)
    visitor.context.clock.run_for(SPREAD_MS // 2 - 5_000)
    assert len(sockets) == 1
    visitor.context.clock.run_for(6_000)
    tab.expect_state("live")
    assert len(sockets) == 2


def test_the_api_is_polled_only_without_a_socket_and_while_visible(
    new_visitor: NewVisitor,
) -> None:
    visitor = new_visitor()
    visitor.context.clock.install()
    # The page notes its own time, because a busy machine delivers requests late to this test.
    visitor.context.add_init_script(
        """window.requestedAt = [];
        const { fetch } = window;
        window.fetch = (...options) => {
          window.requestedAt.push(Date.now());
          return fetch(...options);
        };"""
    )
    visitor.context.route(API, lambda route: route.fulfill(status=503))
    calls = play_server(visitor, frame(17))
    tab = visitor.open()
    tab.expect_state("live")
    tab.stop_clock()
    for _ in range(6):
        calls[-1].send('{"type":"pong"}')
        visitor.context.clock.run_for(20_000)
    assert len(calls) == 1
    assert requests_of(tab) == []

    visitor.context.route_web_socket(SOCKET, lambda socket: socket.close())
    calls[-1].close()
    for _ in range(400):
        if len(requests_of(tab)) >= 4:
            break
        visitor.context.clock.run_for(1_000)
    times = requests_of(tab)
    assert len(times) >= 4
    # Every 30 s, with at most a quarter of jitter. A reconnect begins the wait again.
    assert all(later - earlier >= 22_500 for earlier, later in pairwise(times)), times

    becomes(tab, "hidden")
    before = requests_of(tab)
    visitor.context.clock.run_for(120_000)
    assert requests_of(tab) == before


def requests_of(tab: Tab) -> list[int]:
    """Return when the page has sent requests, in ms of its clock."""
    times: list[int] = tab.page.evaluate("requestedAt")
    return times


#: Each would win over every valid frame of the test if the page believed it.
LATER = VERSION + 1_000
INVALID_FRAMES = [
    "",
    "null",
    "[]",
    "{",
    "17",
    '{"type":null}',
    '{"type":"connection-count"}',
    frame(-1, LATER),
    frame(10**300, LATER),
    frame(17, LATER, people="17"),
    frame(17, LATER, people=1.5),
    frame(17, LATER, source="guessed"),
    frame(17, LATER, timestamp="yesterday"),
    frame(17, LATER).replace('"signed_in"', '"signed_out"'),
    frame(17, -1),
]


def test_invalid_frames_change_nothing_and_are_reported_once(player: Visitor) -> None:
    sockets = play_server(player, frame(5))
    tab = player.open()
    tab.expect_people(5)

    for number, invalid in enumerate(INVALID_FRAMES, start=1):
        for _ in range(3):
            sockets[0].send(invalid)
        sockets[0].send(frame(5 + number, VERSION + number))
        tab.expect_people(5 + number)
        tab.expect_state("live")

    assert len(tab.console_messages) == 1


def test_an_older_version_is_dropped_from_every_source(player: Visitor) -> None:
    sockets = play_server(player, frame(5))
    tab = player.open()
    tab.expect_people(5)

    sockets[0].send(frame(4, VERSION - 1))
    sockets[0].send(frame(6, VERSION + 1))
    tab.expect_people(6)
    sockets[0].send(frame(5))
    sockets[0].send(frame(7, VERSION + 2))
    tab.expect_people(7)
    assert tab.console_messages == []


def test_the_answer_of_a_captive_portal_is_ignored(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    visitor.context.clock.install()
    visitor.rewrite_page(WITHOUT_NUMBERS)
    visitor.context.route(API, lambda route: route.fulfill(body="<html>Sign in to the Wi-Fi"))
    visitor.context.route_web_socket(SOCKET, lambda socket: socket.close())
    tab = visitor.open()
    for _ in range(3):
        visitor.context.clock.run_for(40_000)
        tab.page.wait_for_timeout(100)

    expect(tab.part("figure")).to_have_text("–")
    assert [
        each for each in tab.console_messages if "invalid data" in each
    ] == tab.console_messages[:1]
