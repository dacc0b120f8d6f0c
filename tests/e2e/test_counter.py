"""The counter in a browser: its label, digits, language, motion, announcements, and attributes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.played import API, SOCKET, VERSION, frame, play_server
from tests.e2e.themes import check_both_themes
from tests.e2e.visitors import Arrive, NewVisitor, Visitor
from tests.services.site import DaphneServer


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


def test_digits_have_equal_widths(player: Visitor) -> None:
    sockets = play_server(player, frame(111))
    tab = player.open()
    tab.expect_people(111)
    widths = []
    for number, people in enumerate((111, 888, 404, 999)):
        sockets[0].send(frame(people, VERSION + number))
        tab.expect_people(people)
        box = tab.part("digits").locator(".luc-reel").first.bounding_box()
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
