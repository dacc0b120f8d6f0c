"""Each state of the counter: its look in both themes, its announcements, and its layout."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.played import API, SOCKET, VERSION, WITHOUT_NUMBERS, frame, play_server
from tests.e2e.themes import check_both_themes
from tests.e2e.visitors import Arrive, NewVisitor, Tab, Visitor
from tests.services.ports import HOST, free_port
from tests.services.redis import RedisServer
from tests.services.site import QUICK, DaphneServer

#: Longer than a page without a count waits before it shows an error.
LONG = "00:16"
#: The layout shift of a centered line with one more digit. A poor page has 0.1 or more.
HARDLY = 0.0005
MOVING = "document.getAnimations().filter((each) => each.effect.target.matches('[part]')).length"


def expect_status(tab: Tab, text: str) -> None:
    expect(tab.part("status")).to_have_text(text)


def place(tab: Tab) -> object:
    """Return the position and the size of the counter."""
    return tab.counter.evaluate("(all) => [all.offsetTop, all.offsetWidth, all.offsetHeight]")


def shifts(page: Page) -> float:
    """Return the layout shift since the page load, as Chromium computes it."""
    shift = page.evaluate("window.shift")
    assert isinstance(shift, (int, float))
    return shift


@pytest.fixture
def shifts_are_counted() -> Callable[[Visitor], None]:
    def count(visitor: Visitor) -> None:
        visitor.context.add_init_script(
            """window.shift = 0;
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries()) window.shift += entry.value;
            }).observe({ type: "layout-shift", buffered: true });"""
        )

    return count


def test_loading_is_a_placeholder_with_the_size_of_the_number(
    new_visitor: NewVisitor, shifts_are_counted: Callable[[Visitor], None]
) -> None:
    visitor = new_visitor()
    shifts_are_counted(visitor)
    visitor.rewrite_page(WITHOUT_NUMBERS)
    sockets = play_server(visitor)
    tab = visitor.open()

    tab.expect_state("loading")
    expect(tab.part("figure")).to_have_text("–")
    expect_status(tab, "")
    before = place(tab)
    check_both_themes(tab, "loading")

    sockets[0].send(frame(17))
    tab.expect_people(17)
    tab.expect_state("live")
    assert place(tab) == before
    assert shifts(tab.page) < HARDLY


def test_live_has_a_dot_and_both_numbers_and_animates_changes(
    new_visitor: NewVisitor,
    arrive: Arrive,
) -> None:
    tab = new_visitor().open()
    tab.expect_state("live")
    tab.expect_people(1)
    expect(tab.part("dot")).to_be_visible()
    # Visitors of earlier tests are active, too.
    expect(tab.part("more")).to_have_text(re.compile(r"^[1-9]\d* in the last 15 minutes$"))
    check_both_themes(tab, "live")
    tab.page.wait_for_function(f"{MOVING} === 0")

    arrive()

    tab.expect_people(2)
    tab.page.wait_for_function(f"{MOVING} > 0")
    expect_status(tab, "")


def test_connecting_is_shown_without_an_answer(new_visitor: NewVisitor, site: DaphneServer) -> None:
    tab = new_visitor().open()
    tab.expect_state("live")
    tab.expect_people(1)
    tab.page.evaluate(
        "window.removed = document.querySelectorAll('live-user-counter, live-activity-feed');"
        "window.parent = document.querySelector('.hero');"
        "for (const each of window.removed) each.remove();"
    )
    site.pause()
    try:
        tab.page.evaluate(
            "window.parent.insertBefore(window.removed[0], window.parent.lastElementChild)"
        )
        tab.expect_state("connecting")
        expect(tab.part("status")).to_contain_text("Connecting… · counted ")
        tab.expect_people(1)
        check_both_themes(tab, "connecting")
    finally:
        site.resume()

    tab.expect_state("live", timeout_ms=30_000)
    expect_status(tab, "")


def test_reconnecting_is_shown_when_the_server_stops(
    new_visitor: NewVisitor, site: DaphneServer
) -> None:
    tab = new_visitor().open()
    tab.expect_state("live")
    tab.expect_people(1)

    site.kill()

    tab.expect_state("reconnecting")
    expect(tab.part("status")).to_contain_text("Reconnecting… · counted ")
    tab.expect_people(1)
    check_both_themes(tab, "reconnecting")


def test_offline_is_shown_without_a_network(new_visitor: NewVisitor, site: DaphneServer) -> None:
    visitor = new_visitor()
    tab = visitor.open()
    tab.expect_state("live")
    tab.expect_people(1)

    visitor.context.set_offline(True)
    site.kill()

    tab.expect_state("offline")
    expect(tab.part("status")).to_contain_text("You’re offline · counted ")
    tab.expect_people(1)
    check_both_themes(tab, "offline")


def test_stale_shows_an_age_that_grows(
    new_visitor: NewVisitor, daphne: Callable[..., DaphneServer], redis_server: RedisServer
) -> None:
    visitor = new_visitor(daphne(REDIS_URL=redis_server.url, **QUICK))
    visitor.context.clock.install()
    tab = visitor.open()
    tab.expect_state("live")
    tab.expect_people(1)

    redis_server.pause()

    tab.expect_state("stale", timeout_ms=20_000)
    expect(tab.part("status")).to_contain_text("counted ")
    visitor.context.clock.fast_forward("02:05")
    expect_status(tab, "counted 2 minutes ago")
    tab.expect_people(1)
    check_both_themes(tab, "stale")

    redis_server.resume()
    tab.expect_state("live", timeout_ms=20_000)
    expect_status(tab, "")


def test_simulated_is_labeled_and_neither_glows_nor_moves(player: Visitor) -> None:
    sockets = play_server(player, frame(10_247, source="simulated"))
    tab = player.open()

    tab.expect_state("simulated")
    expect_status(tab, "demo data")
    expect(tab.part("figure")).to_have_text("10,247")
    expect(tab.part("dot")).to_be_hidden()
    check_both_themes(tab, "simulated")
    sockets[0].send(frame(10_249, VERSION + 1, source="simulated"))
    expect(tab.part("figure")).to_have_text("10,249")
    pulsing = "document.getAnimations().filter((each) => each.animationName).length"
    assert tab.page.evaluate(pulsing) == 0


def test_an_error_is_shown_when_the_server_has_no_count(
    new_visitor: NewVisitor, daphne: Callable[..., DaphneServer]
) -> None:
    visitor = new_visitor(daphne(REDIS_URL=f"redis://{HOST}:{free_port()}"))
    visitor.context.clock.install()
    tab = visitor.open()
    tab.expect_state("loading")

    visitor.context.clock.fast_forward(LONG)

    tab.expect_state("error")
    expect_status(tab, "Can’t load the count right now")
    expect(tab.part("figure")).to_have_text("–")
    check_both_themes(tab, "error")


def test_an_error_after_garbage_ends_with_the_first_count(
    new_visitor: NewVisitor,
) -> None:
    visitor = new_visitor()
    visitor.context.clock.install()
    visitor.rewrite_page(WITHOUT_NUMBERS)
    visitor.context.route(API, lambda route: route.fulfill(body="<html>Sign in to the Wi-Fi"))
    sockets = play_server(visitor, "<html>", frame(-1), frame(3, anonymous="3"))
    tab = visitor.open()
    tab.expect_state("loading")

    visitor.context.clock.fast_forward(LONG)
    tab.expect_state("error")
    assert len(tab.console_messages) == 1

    sockets[-1].send(frame(3))
    tab.expect_people(3)
    tab.expect_state("live")
    expect_status(tab, "")


def test_an_error_is_shown_when_the_server_refuses_everything(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    visitor.context.clock.install()
    visitor.rewrite_page(WITHOUT_NUMBERS)
    visitor.context.route(API, lambda route: route.fulfill(status=503))
    visitor.context.route_web_socket(SOCKET, lambda socket: socket.close(code=4429))
    tab = visitor.open()
    tab.expect_state("connecting")

    visitor.context.clock.fast_forward(LONG)

    tab.expect_state("error")


def test_few_people_are_shown_as_words(player: Visitor) -> None:
    sockets = play_server(player, frame(0))
    tab = player.open()

    expect(tab.part("words")).to_have_text("You’re early")
    expect(tab.part("words")).to_be_visible()
    expect(tab.part("digits")).to_be_hidden()
    for name in ("caption", "subtext", "more"):
        expect(tab.part(name)).to_be_hidden()
    before = place(tab)
    check_both_themes(tab, "below")

    sockets[0].send(frame(1, VERSION + 1))
    tab.expect_people(1)
    expect(tab.part("words")).to_be_hidden()
    expect(tab.part("label")).to_have_text("Active User Right Now")
    expect(tab.part("subtext")).to_be_visible()
    sockets[0].send(frame(2, VERSION + 2))
    expect(tab.part("label")).to_have_text("Active Users Right Now")
    assert place(tab) == before


def test_nothing_shifts_from_state_to_state(
    new_visitor: NewVisitor, shifts_are_counted: Callable[[Visitor], None]
) -> None:
    visitor = new_visitor()
    shifts_are_counted(visitor)
    visitor.rewrite_page(WITHOUT_NUMBERS)
    sockets = play_server(visitor)
    tab = visitor.open()
    tab.expect_state("loading")
    before = place(tab)

    steps: list[dict[str, Any]] = [
        {"people": 8},
        {"people": 1_000},
        {"people": 9, "source": "stale"},
        {"people": 0},
        {"people": 7, "source": "simulated"},
        {"people": 6},
    ]
    for number, step in enumerate(steps):
        sockets[0].send(json.dumps(json.loads(frame(0)) | step | {"version": VERSION + number}))
        tab.expect_state(step.get("source", "live"))
        tab.page.wait_for_timeout(100)
        assert place(tab) == before, step

    assert shifts(tab.page) < HARDLY
