"""The counter and the custom elements in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.played import API, EMPTY_SNAPSHOT, WITHOUT_NUMBERS, frame, play_server
from tests.e2e.visitors import Arrive, NewVisitor, Visitor, wait_for_people


@pytest.mark.parametrize(
    ("before", "after", "reels"),
    [(9, "10", 2), (1000, "999", 3), (999, "1,000", 4), (1_234_567, "0", 0)],
)
def test_digits_appear_and_disappear_with_the_number(
    player: Visitor, before: int, after: str, reels: int
) -> None:
    future = 9_000_000_000_000
    sockets = play_server(player, frame(before, future))
    tab = player.open()
    expect(tab.part("figure")).to_have_text(f"{before:,}")

    sockets[0].send(frame(int(after.replace(",", "")), future + 1))

    if reels == 0:
        expect(tab.part("words")).to_be_visible()
        expect(tab.part("digits")).to_be_hidden()
        return
    expect(tab.part("figure")).to_have_text(after)
    digits = """[...document.querySelectorAll(".luc-reel")]
      .map((reel) => reel.style.getPropertyValue("--luc-digit"))"""
    assert "".join(tab.page.evaluate(digits)) == after.replace(",", "")
    assert len(tab.page.evaluate(digits)) == reels


def test_a_large_number_fits_on_a_small_screen(new_visitor: NewVisitor) -> None:
    visitor = new_visitor(viewport={"width": 320, "height": 640})
    play_server(visitor, frame(1_234_567, 9_000_000_000_000))
    tab = visitor.open()

    expect(tab.part("figure")).to_have_text("1,234,567")
    tab.save_screenshot("million-320")
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 320
    slots = tab.part("digits").locator("span")
    first, last = slots.first.bounding_box(), slots.last.bounding_box()
    assert first is not None and last is not None
    assert first["x"] >= 0
    assert last["x"] + last["width"] <= 320


def test_changes_are_announced_to_a_screen_reader_after_a_delay(
    new_visitor: NewVisitor, arrive: Arrive
) -> None:
    visitor = new_visitor()
    visitor.context.clock.install()
    tab = visitor.open()
    tab.expect_people(1)
    arrive()
    tab.expect_people(2)
    expect(tab.part("announcement")).to_have_text("")

    visitor.context.clock.fast_forward("00:31")

    expect(tab.part("announcement")).to_have_text("2 people here now")


def test_removed_elements_disconnect_and_connect_again_when_added(
    new_visitor: NewVisitor, arrive: Arrive
) -> None:
    tab = new_visitor().open()
    other = arrive()
    wait_for_people(other, 2)

    tab.page.evaluate(
        """() => {
          window.removed = document.querySelectorAll("live-user-counter, live-activity-feed");
          for (const element of window.removed) element.remove();
        }"""
    )
    wait_for_people(other, 1)

    tab.page.evaluate("document.querySelector('main').append(...window.removed)")
    wait_for_people(other, 2)
    tab.expect_people(2)


@pytest.mark.parametrize("base_count", ["", " ", "abc", "1e999x"])
def test_a_base_that_is_not_a_number_simulates_nothing(player: Visitor, base_count: str) -> None:
    player.rewrite_page({**WITHOUT_NUMBERS, 'update-interval="30"': f'base-count="{base_count}"'})
    player.context.route(API, lambda route: route.abort())
    sockets = play_server(player)
    tab = player.open()
    tab.expect_state("loading")
    expect(tab.part("figure")).to_have_text("–")

    sockets[0].send(frame(5))
    tab.expect_people(5)


def test_a_simulated_number_is_labeled_and_yields_to_a_real_one(
    player: Visitor,
) -> None:
    player.rewrite_page(
        {
            "snapshot='[^']*'": f"snapshot='{EMPTY_SNAPSHOT}'",
            'update-interval="30"': 'base-count="10000" increment-amount="3" update-interval="1"',
        }
    )
    player.context.route("**/api/landing/stats/", lambda route: route.abort())
    sockets = play_server(player)
    tab = player.open()

    tab.expect_state("simulated")
    expect(tab.part("status")).to_have_text("demo data")
    expect(tab.part("dot")).to_be_hidden()
    tab.save_screenshot("simulated")
    assert tab.accessibility_violations() == []
    tab.page.wait_for_timeout(2_200)
    shown = int(tab.part("figure").inner_text().replace(",", ""))
    assert 9_991 <= shown <= 10_009

    sockets[0].send(frame(5, 9_000_000_000_000))
    tab.expect_people(5)
    tab.expect_state("live")
    expect(tab.part("status")).to_have_text("")
