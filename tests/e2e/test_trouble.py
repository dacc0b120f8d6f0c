"""What the page says when the connection breaks, and that it mends itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.e2e.conftest import Visitor
from tests.services.site import DaphneServer

Comes = Callable[..., Visitor]


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_server_that_goes_is_told_and_one_that_comes_back_is_found(
    visitor: Comes, site: DaphneServer, end: str
) -> None:
    tab = visitor().opens()
    tab.shows(1)

    getattr(site, end)()
    tab.is_in_state("reconnecting")
    expect(tab.part("status")).to_contain_text("Reconnecting… · counted ")
    tab.shows(1)
    tab.looks(f"reconnecting-{end}")
    assert tab.barriers() == []

    site.start()
    tab.is_in_state("live", within_ms=60_000)
    expect(tab.part("status")).to_have_text("")
    tab.shows(1)


def test_a_server_that_is_never_reached_is_told_and_the_first_numbers_stay(
    visitor: Comes, site: DaphneServer
) -> None:
    visitor().opens().shows(1)
    came = visitor()
    came.context.route_web_socket("**/ws/landing/", lambda socket: socket.close())
    tab = came.opens()

    expect(tab.part("status")).to_contain_text("counted ")
    expect(tab.part("figure")).to_have_text("1")
    tab.looks("never-reached")
    assert tab.barriers() == []


def test_a_server_that_stops_answering_is_noticed(visitor: Comes, site: DaphneServer) -> None:
    tab = visitor().opens()
    tab.shows(1)

    site.pause()
    try:
        # What makes the page ask at once whether the other side still lives.
        tab.page.evaluate("window.dispatchEvent(new Event('online'))")
        tab.is_in_state("reconnecting", within_ms=15_000)
    finally:
        site.resume()

    tab.is_in_state("live", within_ms=60_000)


def test_a_browser_without_network_says_so(visitor: Comes, site: DaphneServer) -> None:
    came = visitor()
    tab = came.opens()
    tab.shows(1)

    came.context.set_offline(True)
    site.kill()
    tab.is_in_state("offline", within_ms=15_000)
    expect(tab.part("status")).to_contain_text("You’re offline · counted ")
    tab.looks("offline")
    assert tab.barriers() == []

    site.start()
    came.context.set_offline(False)
    tab.is_in_state("live", within_ms=15_000)


def test_numbers_come_from_the_api_while_the_socket_is_down(visitor: Comes) -> None:
    came = visitor()
    came.context.route_web_socket("**/ws/landing/", lambda socket: socket.close())
    came.gets_a_page_where({'update-interval="30"': 'update-interval="1"'})
    tab = came.opens()
    expect(tab.part("words")).to_be_visible()

    visitor().opens()

    tab.shows(1)
    expect(tab.part("status")).to_contain_text("Connecting… · ")


def test_garbage_on_the_socket_leaves_the_last_good_number(visitor: Comes) -> None:
    came = visitor()

    def with_garbage(route: WebSocketRoute) -> None:
        def pass_on(text: str | bytes) -> None:
            for each in (text, "{", "[]", '{"type":1}'):
                route.send(each)

        route.connect_to_server().on_message(pass_on)

    came.context.route_web_socket("**/ws/landing/", with_garbage)
    tab = came.opens()
    tab.shows(1)
    visitor().opens()
    tab.shows(2)

    tab.is_in_state("live")
    assert len(tab.complaints) == 1
    assert "cannot read" in tab.complaints[0]
