"""Each state of the counter as people meet it: seen, heard, in both themes, and in its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.played import API, SOCKET, VERSION, WITHOUT_NUMBERS, frame, play_server
from tests.e2e.visitors import SCREENSHOTS, NewVisitor, Tab, Visitor
from tests.services.ports import HOST, free_port
from tests.services.redis import RedisServer
from tests.services.site import DaphneServer

#: Beyond the patience of a page that knows no number.
LONG = "00:16"
#: What a centred line that becomes a digit longer moves; 0.1 is what people begin to mind.
HARDLY = 0.0005
MOVING = "document.getAnimations().filter((each) => each.effect.target.matches('[part]')).length"


def check_both_themes(tab: Tab, state: str) -> None:
    """Keep a picture in each theme, in which axe-core finds nothing."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        tab.page.emulate_media(color_scheme=scheme)
        path = SCREENSHOTS / f"state-{state}-{scheme}.png"
        tab.page.locator("section", has=tab.counter).screenshot(path=path, animations="disabled")
        assert tab.accessibility_violations() == []
    tab.page.emulate_media(color_scheme="light")


def expect_status(tab: Tab, text: str) -> None:
    expect(tab.part("status")).to_have_text(text)


def place(tab: Tab) -> object:
    """Where on the page the counter is, and how large."""
    return tab.counter.evaluate("(all) => [all.offsetTop, all.offsetWidth, all.offsetHeight]")


def shifts(page: Page) -> float:
    """How much has shifted since the page began, as Chromium counts it."""
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


def test_loading_is_a_placeholder_of_the_number_s_own_size(
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


def test_live_has_a_dot_and_the_other_number_and_moves_when_somebody_comes(
    new_visitor: NewVisitor,
) -> None:
    tab = new_visitor().open()
    tab.expect_state("live")
    tab.expect_people(1)
    expect(tab.part("dot")).to_be_visible()
    expect(tab.part("more")).to_have_text("1 active in the last 15 minutes")
    check_both_themes(tab, "live")
    tab.page.wait_for_function(f"{MOVING} === 0")

    new_visitor().open()

    tab.expect_people(2)
    tab.page.wait_for_function(f"{MOVING} > 0")
    expect_status(tab, "")


def test_connecting_is_said_when_a_call_is_not_answered(
    new_visitor: NewVisitor, site: DaphneServer
) -> None:
    tab = new_visitor().open()
    tab.expect_state("live")
    tab.expect_people(1)
    tab.page.evaluate(
        "window.taken = document.querySelectorAll('live-user-counter, live-activity-feed');"
        "window.parent = document.querySelector('.hero');"
        "for (const each of window.taken) each.remove();"
    )
    site.pause()
    try:
        tab.page.evaluate(
            "window.parent.insertBefore(window.taken[0], window.parent.lastElementChild)"
        )
        tab.expect_state("connecting")
        expect(tab.part("status")).to_contain_text("Connecting… · counted ")
        tab.expect_people(1)
        check_both_themes(tab, "connecting")
    finally:
        site.resume()

    tab.expect_state("live", timeout_ms=30_000)
    expect_status(tab, "")


def test_reconnecting_is_said_when_the_server_goes(
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


def test_offline_is_said_when_the_network_goes(new_visitor: NewVisitor, site: DaphneServer) -> None:
    visitor = new_visitor()
    tab = visitor.open()
    tab.expect_state("live")
    tab.expect_people(1)

    visitor.context.set_offline(True)
    site.kill()

    tab.expect_state("offline", timeout_ms=15_000)
    expect(tab.part("status")).to_contain_text("You’re offline · counted ")
    tab.expect_people(1)
    check_both_themes(tab, "offline")


def test_stale_says_as_of_when_and_grows_older(
    new_visitor: NewVisitor, daphne: Callable[..., DaphneServer], redis_server: RedisServer
) -> None:
    visitor = new_visitor(daphne(REDIS_URL=redis_server.url))
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


def test_simulated_is_labelled_and_neither_glows_nor_moves(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    sockets = play_server(visitor, frame(10_247, source="simulated"))
    tab = visitor.open()

    tab.expect_state("simulated")
    expect_status(tab, "demo data")
    expect(tab.part("figure")).to_have_text("10,247")
    expect(tab.part("dot")).to_be_hidden()
    check_both_themes(tab, "simulated")
    sockets[0].send(frame(10_249, VERSION + 1, source="simulated"))
    expect(tab.part("figure")).to_have_text("10,249")
    pulsing = "document.getAnimations().filter((each) => each.animationName).length"
    assert tab.page.evaluate(pulsing) == 0


def test_error_is_said_when_the_server_itself_knows_no_number(
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


def test_error_is_said_when_nothing_but_garbage_comes_and_ends_with_the_first_number(
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


def test_error_is_said_when_the_server_refuses_everything(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    visitor.context.clock.install()
    visitor.rewrite_page(WITHOUT_NUMBERS)
    visitor.context.route(API, lambda route: route.fulfill(status=503))
    visitor.context.route_web_socket(SOCKET, lambda socket: socket.close(code=4429))
    tab = visitor.open()
    tab.expect_state("connecting")

    visitor.context.clock.fast_forward(LONG)

    tab.expect_state("error")


def test_few_people_are_words_and_no_number(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    sockets = play_server(visitor, frame(0))
    tab = visitor.open()

    expect(tab.part("words")).to_have_text("You’re early")
    expect(tab.part("words")).to_be_visible()
    expect(tab.part("digits")).to_be_hidden()
    check_both_themes(tab, "below")

    sockets[0].send(frame(1, VERSION + 1))
    tab.expect_people(1)
    expect(tab.part("words")).to_be_hidden()


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


def test_figures_are_as_wide_as_each_other(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    sockets = play_server(visitor, frame(111))
    tab = visitor.open()
    tab.expect_people(111)
    widths = []
    for number, people in enumerate((111, 888, 404, 999)):
        sockets[0].send(frame(people, VERSION + number))
        tab.expect_people(people)
        box = tab.part("digits").locator(".reel").first.bounding_box()
        assert box is not None
        widths.append(box)

    assert widths == widths[:1] * 4


def test_numbers_are_written_as_the_page_s_language_does(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    visitor.rewrite_page({'<html lang="[^"]*"': '<html lang="de"'})
    play_server(visitor, frame(1_234_567))
    tab = visitor.open()

    expect(tab.part("figure")).to_have_text("1.234.567")


def test_what_moves_can_be_stopped_by_keyboard_for_the_whole_visit(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    sockets = play_server(visitor, frame(1))
    tab = visitor.open()
    tab.expect_people(1)
    button = tab.page.get_by_role("button", name="Pause animation")
    expect(button).to_have_attribute("aria-pressed", "false")

    button.focus()
    tab.page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    check_both_themes(tab, "still")
    sockets[0].send(frame(2, VERSION + 1))
    tab.expect_people(2)
    assert tab.page.evaluate("document.getAnimations().length") == 0

    tab.page.reload()
    tab.expect_people(1)
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    sockets[-1].send(frame(2, VERSION + 1))
    tab.page.wait_for_function("document.getAnimations().length > 0")


def test_who_wants_no_motion_is_not_asked_to_stop_it(new_visitor: NewVisitor) -> None:
    tab = new_visitor(reduced_motion="reduce").open()
    tab.expect_state("live")

    expect(tab.part("motion")).to_be_hidden()


def test_a_screen_reader_is_told_of_large_changes_only(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    visitor.context.clock.install()
    sockets = play_server(visitor, frame(40))
    tab = visitor.open()
    tab.expect_people(40)
    # The page started without a number, so the first number is announced.
    visitor.context.clock.run_for(31_000)
    expect(tab.part("announcement")).to_have_text("40 Active Users Right Now")

    sockets[-1].send(frame(44, VERSION + 1))
    tab.expect_people(44)
    visitor.context.clock.run_for(31_000)
    expect(tab.part("announcement")).to_have_text("40 Active Users Right Now")

    sockets[-1].send(frame(45, VERSION + 2))
    tab.expect_people(45)
    visitor.context.clock.run_for(100)
    expect(tab.part("announcement")).to_have_text("45 Active Users Right Now")


def test_attributes_may_change_while_the_counter_lives(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    play_server(visitor, frame(17, active=31))
    tab = visitor.open()
    tab.expect_people(17)

    def sets(name: str, value: str) -> None:
        tab.counter.evaluate(f"(counter) => counter.setAttribute('{name}', '{value}')")

    sets("metric", "active")
    tab.expect_people(31)
    expect(tab.part("label")).to_have_text("active in the last 15 minutes")
    expect(tab.part("more")).to_have_text("17 here right now")
    sets("minimum", "32")
    expect(tab.part("words")).to_be_visible()
    sets("minimum", "no number")
    expect(tab.part("words")).to_be_hidden()
    sets("metric", "online")
    tab.expect_people(17)
    expect(tab.part("label")).to_have_text("Active Users Right Now")
    expect(tab.part("more")).to_have_text("31 active in the last 15 minutes")
    assert tab.console_messages == []


def test_an_interval_that_changes_counts_for_the_next_question(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    asked: list[str] = []
    visitor.context.on("request", lambda request: asked.append(request.url))
    visitor.context.route_web_socket(SOCKET, lambda socket: socket.close())
    tab = visitor.open()
    tab.page.wait_for_timeout(1_500)
    assert not [url for url in asked if url.endswith("/stats/")]

    tab.counter.evaluate("(counter) => counter.setAttribute('update-interval', '1')")

    with tab.page.expect_response(API):
        pass


def test_a_counter_that_a_script_makes_furnishes_itself(
    new_visitor: NewVisitor, site: DaphneServer
) -> None:
    tab = new_visitor().open()
    tab.expect_people(1)
    tab.page.evaluate(
        """() => {
          const alone = document.createElement("live-user-counter");
          alone.id = "alone";
          alone.setAttribute("metric", "active");
          const bare = document.createElement("live-user-counter");
          bare.id = "bare";
          bare.innerHTML = "<b part=figure></b> of us";
          window.told = [];
          bare.addEventListener("countchange", ({ detail }) => window.told.push(detail));
          document.querySelector(".lead").after(alone, bare);
          document.querySelector("live-user-counter[snapshot]").remove();
        }"""
    )
    alone, bare = tab.page.locator("#alone"), tab.page.locator("#bare")

    expect(alone).to_have_attribute("state", "live")
    expect(alone.locator("[part=figure]")).to_have_text("1")
    expect(alone.locator("[part=label]")).to_have_text("active recently")
    expect(alone.get_by_role("button", name="Pause animation")).to_be_visible()
    expect(bare).to_have_text("1 of us")
    assert tab.accessibility_violations() == []
    other = new_visitor()
    other.open()
    expect(bare).to_have_text("2 of us")
    other.close()
    expect(bare).to_have_text("1 of us")
    told = tab.page.evaluate("window.told")
    assert told == [{"value": 2, "previous": 1}, {"value": 1, "previous": 2}]
    assert tab.console_messages == []
