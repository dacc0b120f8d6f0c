"""The counter, and elements as such, where only a real browser can tell."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Visitor
from tests.e2e.played import ABOUT_NOBODY, frame, said_by_the_server

Comes = Callable[..., Visitor]


@pytest.mark.parametrize(
    ("before", "after", "reels"),
    [(9, "10", 2), (1000, "999", 3), (999, "1,000", 4), (1_234_567, "0", 0)],
)
def test_digits_come_and_go_with_the_number(
    visitor: Comes, before: int, after: str, reels: int
) -> None:
    came = visitor()
    future = 9_000_000_000_000
    sockets = said_by_the_server(came, frame(before, future))
    tab = came.opens()
    expect(tab.part("figure")).to_have_text(f"{before:,}")

    sockets[0].send(frame(int(after.replace(",", "")), future + 1))

    if reels == 0:
        expect(tab.part("words")).to_be_visible()
        expect(tab.part("digits")).to_be_hidden()
        return
    expect(tab.part("figure")).to_have_text(after)
    digits = (
        "[...document.querySelectorAll('.reel')].map((r) => r.style.getPropertyValue('--digit'))"
    )
    assert "".join(tab.page.evaluate(digits)) == after.replace(",", "")
    assert len(tab.page.evaluate(digits)) == reels


def test_a_large_number_fits_on_a_small_screen(visitor: Comes) -> None:
    came = visitor(viewport={"width": 320, "height": 640})
    said_by_the_server(came, frame(1_234_567, 9_000_000_000_000))
    tab = came.opens()

    expect(tab.part("figure")).to_have_text("1,234,567")
    tab.looks("million-320")
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 320
    slots = tab.part("digits").locator("span")
    first, last = slots.first.bounding_box(), slots.last.bounding_box()
    assert first is not None and last is not None
    assert first["x"] >= 0
    assert last["x"] + last["width"] <= 320


def test_a_screen_reader_is_told_after_a_while(visitor: Comes) -> None:
    came = visitor()
    came.context.clock.install()
    tab = came.opens()
    tab.shows(1)
    visitor().opens()
    tab.shows(2)
    expect(tab.part("announcement")).to_have_text("")

    came.context.clock.fast_forward("00:31")

    expect(tab.part("announcement")).to_have_text("2 Active Users Right Now")


def test_elements_that_are_taken_away_hang_up_and_those_that_come_back_call_again(
    visitor: Comes,
) -> None:
    tab = visitor().opens()
    other = visitor().opens()
    other.shows(2)

    tab.page.evaluate(
        """() => {
          window.taken = document.querySelectorAll("live-user-counter, live-activity-feed");
          for (const element of window.taken) element.remove();
        }"""
    )
    other.shows(1)

    tab.page.evaluate("document.querySelector('main').append(...window.taken)")
    other.shows(2)
    tab.shows(2)


def test_a_simulated_number_is_labelled_moves_little_and_yields_to_a_real_one(
    visitor: Comes,
) -> None:
    came = visitor()
    came.gets_a_page_where(
        {
            "snapshot='[^']*'": f"snapshot='{ABOUT_NOBODY}'",
            'update-interval="30"': 'base-count="10000" increment-amount="3" update-interval="1"',
        }
    )
    came.context.route("**/api/landing/stats/", lambda route: route.abort())
    sockets = said_by_the_server(came)
    tab = came.opens()

    tab.is_in_state("simulated")
    expect(tab.part("status")).to_have_text("demo data")
    expect(tab.part("dot")).to_be_hidden()
    tab.looks("simulated")
    assert tab.barriers() == []
    tab.page.wait_for_timeout(2_200)
    shown = int(tab.part("figure").inner_text().replace(",", ""))
    assert 9_991 <= shown <= 10_009

    sockets[0].send(frame(5, 9_000_000_000_000))
    tab.shows(5)
    tab.is_in_state("live")
    expect(tab.part("status")).to_have_text("")
