"""What browsers and networks do to a socket: sleep, hide, cache, restart, garble."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Route, WebSocketRoute, expect

from tests.e2e.conftest import LINGER_SECONDS, Tab, Visitor
from tests.e2e.played import API, KNOWING_NOTHING, SOCKET, VERSION, frame, said_by_the_server
from tests.services.site import DaphneServer

Comes = Callable[..., Visitor]

#: For ``clock.fast_forward``: longer than a hidden tab stays connected.
HALF_AN_HOUR = "30:01"
SPREAD_MS = 60_000


@pytest.fixture
def caching(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """A browser that keeps a page that was left, which Playwright otherwise switches off."""
    browser = launch(ignore_default_args=["--disable-back-forward-cache"])
    yield browser
    browser.close()


def becomes(tab: Tab, visibility: str) -> None:
    """Headless Chromium never hides a tab by itself."""
    tab.page.evaluate(
        """(hidden) => {
          Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        visibility == "hidden",
    )


def is_gone_for(other: Tab) -> None:
    other.shows(1)


def test_a_machine_that_slept_finds_out_that_the_other_side_is_gone(
    visitor: Comes, site: DaphneServer
) -> None:
    came = visitor()
    came.context.clock.install()
    tab = came.opens()
    tab.is_in_state("live")
    tab.shows(1)
    site.pause()
    try:
        came.context.clock.fast_forward("01:00:00")  # it wakes, and asks
        came.context.clock.run_for(10_000)  # and is not answered
        tab.is_in_state("reconnecting")
        expect(tab.part("status")).to_have_text("Reconnecting… · counted 1 hour ago")
    finally:
        site.resume()

    came.context.clock.run_for(30_000)
    tab.is_in_state("live", within_ms=30_000)
    expect(tab.part("status")).to_have_text("")


def test_a_machine_that_slept_keeps_a_connection_that_survived(visitor: Comes) -> None:
    came = visitor()
    came.context.clock.install()
    tab = came.opens()
    tab.is_in_state("live")
    opened: list[str] = []
    tab.page.on("websocket", lambda socket: opened.append(socket.url))

    came.context.clock.fast_forward("01:00:00")

    tab.page.wait_for_timeout(500)
    tab.is_in_state("live")
    assert opened == []
    assert tab.frames[-1]["type"] == "pong"


def test_who_looks_elsewhere_for_long_is_not_here_and_is_back_with_a_look(visitor: Comes) -> None:
    came = visitor()
    came.context.clock.install()
    tab = came.opens()
    other = visitor().opens()
    other.shows(2)

    becomes(tab, "hidden")
    came.context.clock.fast_forward("10:00")
    tab.page.wait_for_timeout(LINGER_SECONDS * 1_000 + 1_000)
    other.shows(2)

    came.context.clock.fast_forward(HALF_AN_HOUR)
    is_gone_for(other)

    becomes(tab, "visible")
    other.shows(2)
    tab.shows(2)
    tab.is_in_state("live")


def test_a_page_in_the_back_forward_cache_is_not_here_and_is_back_when_restored(
    visitor: Comes, site: DaphneServer, caching: Browser
) -> None:
    tab = Visitor(caching.new_context(), site).opens()
    other = visitor().opens()
    other.shows(2)
    tab.page.evaluate("window.kept = true")

    tab.page.goto("about:blank")
    is_gone_for(other)
    tab.page.go_back(wait_until="commit")

    other.shows(2)
    tab.shows(2)
    tab.is_in_state("live")
    assert tab.page.evaluate("window.kept")


def test_who_goes_to_another_page_and_back_without_such_a_cache_is_here_again(
    visitor: Comes,
) -> None:
    tab = visitor().opens()
    other = visitor().opens()
    other.shows(2)

    tab.page.goto("about:blank")
    is_gone_for(other)
    tab.page.go_back()

    other.shows(2)
    tab.shows(2)
    tab.is_in_state("live")


def test_fifty_quick_restarts_are_a_few_calls_and_end_well(visitor: Comes) -> None:
    came = visitor()
    came.context.clock.install()
    calls = said_by_the_server(came)
    tab = came.opens()
    for _ in range(50):
        calls[-1].close(code=1001)
        came.context.clock.run_for(1_000)
    assert len(calls) <= 15
    tab.is_in_state("reconnecting")
    tab.looks("fifty-restarts")

    for _ in range(40):  # beyond the longest wait
        if tab.counter.get_attribute("state") == "live":
            break
        came.context.clock.run_for(1_000)
        tab.page.wait_for_timeout(20)
    calls[-1].send(frame(17))
    tab.shows(17)
    tab.is_in_state("live")
    assert tab.complaints == []


def test_restarts_of_a_real_server_are_survived(visitor: Comes, site: DaphneServer) -> None:
    tab = visitor().opens()
    tab.shows(1)

    for end in (site.kill, site.stop, site.kill):
        end()
        site.start()

    tab.is_in_state("live", within_ms=60_000)
    tab.shows(1)
    tab.gets(count=1)


def test_a_call_that_is_accepted_and_ended_at_once_is_no_tight_loop(visitor: Comes) -> None:
    came = visitor()
    came.context.clock.install()
    calls: list[WebSocketRoute] = []

    def accept_and_close(socket: WebSocketRoute) -> None:
        calls.append(socket)
        socket.send(json.dumps({"type": "retry", "after_ms_max": 0}))
        socket.close(code=1011)

    came.context.route_web_socket(SOCKET, accept_and_close)
    came.opens()
    for _ in range(120):
        came.context.clock.run_for(1_000)

    assert 4 <= len(calls) <= 30


def test_the_spread_that_the_server_asks_for_is_honoured(visitor: Comes) -> None:
    came = visitor()
    came.context.add_init_script("Math.random = () => 0.5;")
    came.context.clock.install()
    sockets = said_by_the_server(
        came, json.dumps({"type": "retry", "after_ms_max": SPREAD_MS}), frame(17)
    )
    tab = came.opens()
    tab.shows(17)

    sockets[0].close(code=1001)
    tab.page.wait_for_timeout(200)
    came.context.clock.run_for(SPREAD_MS // 2 - 5_000)
    assert len(sockets) == 1
    came.context.clock.run_for(6_000)
    tab.is_in_state("live")
    assert len(sockets) == 2


def test_the_api_is_asked_only_while_the_socket_is_down_and_somebody_looks(visitor: Comes) -> None:
    came = visitor()
    came.context.clock.install()
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=503)

    came.context.route(API, refuse)
    calls = said_by_the_server(came)
    tab = came.opens()
    for _ in range(6):
        calls[-1].send('{"type":"pong"}')
        came.context.clock.run_for(20_000)
    assert (len(calls), len(asked)) == (1, 0)

    came.context.route_web_socket(SOCKET, lambda socket: socket.close())
    calls[-1].close()
    for earlier in range(3):
        came.context.clock.run_for(22_000)  # each 30 s, at most a quarter sooner
        assert len(asked) == earlier
        for _ in range(60):
            if len(asked) > earlier:
                break
            came.context.clock.run_for(1_000)
        assert len(asked) == earlier + 1

    becomes(tab, "hidden")
    before = len(asked)
    came.context.clock.run_for(120_000)
    assert len(asked) == before


@pytest.mark.parametrize(
    "absurd",
    [
        "",
        "null",
        "[]",
        "{",
        "17",
        '{"type":null}',
        '{"type":"connection-count"}',
        frame(-1, VERSION + 1),
        frame(10**300, VERSION + 1),
        frame(17, VERSION + 1, people="17"),
        frame(17, VERSION + 1, people=1.5),
        frame(17, VERSION + 1, source="guessed"),
        frame(17, VERSION + 1, timestamp="yesterday"),
        frame(17, VERSION + 1).replace('"signed_in"', '"signed_out"'),
        frame(17, -1),
    ],
)
def test_what_cannot_be_true_changes_nothing(visitor: Comes, absurd: str) -> None:
    came = visitor()
    sockets = said_by_the_server(came, frame(5))
    tab = came.opens()
    tab.shows(5)

    for _ in range(3):
        sockets[0].send(absurd)
    tab.page.wait_for_timeout(100)
    tab.shows(5)
    tab.is_in_state("live")
    assert len(tab.complaints) == 1

    sockets[0].send(frame(6, VERSION + 1))
    tab.shows(6)


def test_an_older_version_is_dropped_wherever_it_comes_from(visitor: Comes) -> None:
    came = visitor()
    sockets = said_by_the_server(came, frame(5))
    tab = came.opens()
    tab.shows(5)

    sockets[0].send(frame(4, VERSION - 1))
    sockets[0].send(frame(6, VERSION + 1))
    tab.shows(6)
    sockets[0].send(frame(5))
    tab.page.wait_for_timeout(100)

    tab.shows(6)
    assert tab.complaints == []


def test_a_wi_fi_that_answers_for_the_api_is_not_believed(visitor: Comes) -> None:
    came = visitor()
    came.context.clock.install()
    came.gets_a_page_where(KNOWING_NOTHING)
    came.context.route(API, lambda route: route.fulfill(body="<html>Sign in to the Wi-Fi"))
    came.context.route_web_socket(SOCKET, lambda socket: socket.close())
    tab = came.opens()
    for _ in range(3):
        came.context.clock.run_for(40_000)
        tab.page.wait_for_timeout(100)

    expect(tab.part("figure")).to_have_text("–")
    assert [each for each in tab.complaints if "cannot read" in each] == tab.complaints[:1]
