"""The page shows a broken connection and recovers."""

from __future__ import annotations

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.e2e.visitors import Arrive, NewVisitor, wait_for_people
from tests.services.site import DaphneServer


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_lost_server_is_shown_and_found_again(
    new_visitor: NewVisitor, site: DaphneServer, end: str
) -> None:
    tab = new_visitor().open()
    tab.expect_people(1)

    getattr(site, end)()
    tab.expect_state("reconnecting")
    expect(tab.part("status")).to_contain_text("Reconnecting… · counted ")
    tab.expect_people(1)
    tab.save_screenshot(f"reconnecting-{end}")
    assert tab.accessibility_violations() == []

    site.start()
    tab.expect_state("live", timeout_ms=60_000)
    expect(tab.part("status")).to_have_text("")
    tab.expect_people(1)


def test_an_unreachable_server_is_shown_and_the_first_counts_stay(
    new_visitor: NewVisitor, arrive: Arrive
) -> None:
    wait_for_people(arrive(), 1)
    visitor = new_visitor()
    visitor.context.route_web_socket("**/ws/landing/**", lambda socket: socket.close())
    tab = visitor.open()

    expect(tab.part("status")).to_contain_text("counted ")
    expect(tab.part("figure")).to_have_text("1")
    tab.save_screenshot("never-reached")
    assert tab.accessibility_violations() == []


def test_an_unresponsive_server_is_detected(new_visitor: NewVisitor, site: DaphneServer) -> None:
    tab = new_visitor().open()
    tab.expect_people(1)

    site.pause()
    try:
        # This event makes the page send a ping at once.
        tab.page.evaluate("window.dispatchEvent(new Event('online'))")
        tab.expect_state("reconnecting", timeout_ms=15_000)
    finally:
        site.resume()

    tab.expect_state("live", timeout_ms=60_000)


def test_a_browser_without_a_network_shows_that(
    new_visitor: NewVisitor, site: DaphneServer
) -> None:
    visitor = new_visitor()
    tab = visitor.open()
    tab.expect_people(1)

    visitor.context.set_offline(True)
    site.kill()
    tab.expect_state("offline")
    expect(tab.part("status")).to_contain_text("You’re offline · counted ")
    tab.save_screenshot("offline")
    assert tab.accessibility_violations() == []

    site.start()
    visitor.context.set_offline(False)
    tab.expect_state("live", timeout_ms=15_000)


def test_counts_come_from_the_api_without_a_socket(new_visitor: NewVisitor, arrive: Arrive) -> None:
    visitor = new_visitor()
    visitor.context.route_web_socket("**/ws/landing/**", lambda socket: socket.close())
    visitor.rewrite_page({'update-interval="30"': 'update-interval="1"'})
    tab = visitor.open()
    expect(tab.part("words")).to_be_visible()

    arrive()

    tab.expect_people(1)
    expect(tab.part("status")).to_contain_text("Connecting… · ")


def test_garbage_on_the_socket_keeps_the_last_valid_count(
    new_visitor: NewVisitor, arrive: Arrive
) -> None:
    visitor = new_visitor()

    def with_garbage(route: WebSocketRoute) -> None:
        def pass_on(text: str | bytes) -> None:
            for each in (text, "{", "[]", '{"type":1}'):
                route.send(each)

        route.connect_to_server().on_message(pass_on)

    visitor.context.route_web_socket("**/ws/landing/**", with_garbage)
    tab = visitor.open()
    tab.expect_people(1)
    arrive()
    tab.expect_people(2)

    tab.expect_state("live")
    assert len(tab.console_messages) == 1
    assert "invalid data" in tab.console_messages[0]
