"""Each state of the counter: its look in both themes, its announcements, and its layout."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.played import API, SOCKET, VERSION, WITHOUT_NUMBERS, frame, play_server
from tests.e2e.visitors import Arrive, NewVisitor, Tab, Visitor
from tests.services.ports import HOST, free_port
from tests.services.redis import RedisServer
from tests.services.site import QUICK, DaphneServer

#: Longer than a page without a count waits before it shows an error.
LONG = "00:16"
#: The layout shift of a centered line with one more digit. A poor page has 0.1 or more.
HARDLY = 0.0005
MOVING = "document.getAnimations().filter((each) => each.effect.target.matches('[part]')).length"


def check_both_themes(tab: Tab, state: str) -> None:
    """Check accessibility with light and dark colors."""
    section = tab.page.locator("section", has=tab.counter)
    tab.save_screenshot(f"state-{state}-light", section)
    assert tab.accessibility_violations() == []
    tab.page.emulate_media(color_scheme="dark")
    tab.save_screenshot(f"state-{state}-dark", section)
    assert tab.accessibility_violations(["color-contrast"]) == []
    tab.page.emulate_media(color_scheme="light")


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


def test_a_label_of_the_page_itself_stays(player: Visitor) -> None:
    player.rewrite_page({'<span part="label">[^<]*': '<span part="label">people with you'})
    play_server(player, frame(2))
    tab = player.open()
    tab.expect_people(2)

    expect(tab.part("label")).to_have_text("people with you")


def test_the_dot_is_in_the_first_line_of_the_label(player: Visitor) -> None:
    play_server(player, frame(2))
    tab = player.open()
    tab.page.set_viewport_size({"width": 320, "height": 700})
    tab.expect_people(2)
    long = "Usuarios activos en esta misma pantalla"
    tab.part("label").evaluate("(label, text) => { label.textContent = text }", long)
    boxes = """() => ["dot", "label"].map((name) => {
      const [first, ...others] = document.querySelector(`[part=${name}]`).getClientRects();
      return [first.left, first.right, first.top, others.length];
    })"""

    dot, label = tab.page.evaluate(boxes)

    assert label[3] == 1, "the label has two lines"
    assert dot[1] == pytest.approx(label[0], abs=1), "nothing is between the dot and the label"
    assert dot[2] == pytest.approx(label[2], abs=1)


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


def test_digits_have_equal_widths(player: Visitor) -> None:
    sockets = play_server(player, frame(111))
    tab = player.open()
    tab.expect_people(111)
    widths = []
    for number, people in enumerate((111, 888, 404, 999)):
        sockets[0].send(frame(people, VERSION + number))
        tab.expect_people(people)
        box = tab.part("digits").locator(".reel").first.bounding_box()
        assert box is not None
        widths.append(box)

    assert widths == widths[:1] * 4


def test_numbers_follow_the_language_of_the_page(player: Visitor) -> None:
    player.rewrite_page({'<html lang="[^"]*"': '<html lang="de"'})
    play_server(player, frame(1_234_567))
    tab = player.open()

    expect(tab.part("figure")).to_have_text("1.234.567")


def test_animation_can_be_stopped_by_keyboard_for_the_whole_visit(player: Visitor) -> None:
    sockets = play_server(player, frame(1))
    tab = player.open()
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


def test_reduced_motion_hides_the_pause_button(new_visitor: NewVisitor) -> None:
    tab = new_visitor(reduced_motion="reduce").open()
    tab.expect_state("live")

    expect(tab.part("motion")).to_be_hidden()


def test_only_large_changes_are_announced(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    visitor.context.clock.install()
    sockets = play_server(visitor, frame(40))
    tab = visitor.open()
    tab.expect_people(40)
    # The page started without a number, so the first number is announced.
    visitor.context.clock.run_for(31_000)
    expect(tab.part("announcement")).to_have_text("40 people here now")

    sockets[-1].send(frame(44, VERSION + 1))
    tab.expect_people(44)
    visitor.context.clock.run_for(31_000)
    expect(tab.part("announcement")).to_have_text("40 people here now")

    sockets[-1].send(frame(45, VERSION + 2))
    tab.expect_people(45)
    visitor.context.clock.run_for(100)
    expect(tab.part("announcement")).to_have_text("45 people here now, up from 40")


def test_attributes_may_change_at_any_time(player: Visitor) -> None:
    play_server(player, frame(17, active=31))
    tab = player.open()
    tab.expect_people(17)

    def sets(name: str, value: str) -> None:
        tab.counter.evaluate(f"(counter) => counter.setAttribute('{name}', '{value}')")

    sets("metric", "active")
    tab.expect_people(31)
    expect(tab.part("label")).to_have_text("in the last 15 minutes")
    expect(tab.part("more")).to_have_text("17 here now")
    sets("minimum", "32")
    expect(tab.part("words")).to_be_visible()
    sets("minimum", "no number")
    expect(tab.part("words")).to_be_hidden()
    sets("metric", "online")
    tab.expect_people(17)
    expect(tab.part("label")).to_have_text("Active Users Right Now")
    expect(tab.part("more")).to_have_text("31 in the last 15 minutes")
    assert tab.console_messages == []


def test_a_changed_interval_applies_to_the_next_poll(new_visitor: NewVisitor) -> None:
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


def test_a_counter_created_by_a_script_renders_itself(
    new_visitor: NewVisitor, arrive: Arrive, site: DaphneServer
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
          bare.innerHTML = "<b part=figure></b> people";
          window.changes = [];
          bare.addEventListener("countchange", ({ detail }) => window.changes.push(detail));
          document.querySelector(".lead").after(alone, bare);
          document.querySelector("live-user-counter[snapshot]").remove();
        }"""
    )
    alone, bare = tab.page.locator("#alone"), tab.page.locator("#bare")

    expect(alone).to_have_attribute("state", "live")
    expect(alone.locator("[part=figure]")).to_have_text(re.compile(r"^[1-9]\d*$"))
    expect(alone.locator("[part=label]")).to_have_text("here recently")
    expect(alone.get_by_role("button", name="Pause animation")).to_be_visible()
    expect(bare).to_have_text("1 people")
    assert tab.accessibility_violations() == []
    person = arrive()
    expect(bare).to_have_text("2 people")
    person.leave()
    expect(bare).to_have_text("1 people")
    changes = tab.page.evaluate("window.changes")
    assert changes == [{"value": 2, "previous": 1}, {"value": 1, "previous": 2}]
    assert tab.console_messages == []
