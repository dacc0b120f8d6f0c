"""The activity feed in a real browser; what the server says is the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Locator, WebSocketRoute, expect

from tests.e2e.conftest import Tab, Visitor

Comes = Callable[..., Visitor]

WIDTHS = {360: 740, 1440: 900}
HOSTILE = {
    "markup": "</bdi></li></ol><img src=x onerror=\"document.title='caught'\"><script>x</script>",
    "template": "{{ limit }} {% now %} ${alert(1)} &lt;b&gt;",
    "bidi": "\u202e\u2066\u2067 txet desrever \u202d\u200f",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈👍🏽" * 40,
    "stacked": "Z" + "\u0301\u0489\u0317" * 300,
    "ten kilobytes": "W" * 10_240,
    "lines": "one\n\n\ttwo\r\n" * 50,
    "null": "before\0after",
}
LAYOUT_SHIFTS = """window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""


def item(number: int, minutes_ago: float | None = None, **fields: Any) -> dict[str, Any]:
    """The higher the number, the later it happened."""
    ago = timedelta(minutes=10 - number if minutes_ago is None else minutes_ago, seconds=1)
    return {
        "id": number,
        "kind": ("signup", "purchase", "campaign", "milestone")[number % 4],
        "text": f"did thing number {number}",
        "actor": f"Visitor {number}",
        "timestamp": (datetime.now(UTC) - ago).isoformat(timespec="milliseconds"),
        **fields,
    }


class Server:
    """Plays the server: tells each socket what it knows, and all of them what happens."""

    def __init__(self, came: Visitor, *items: dict[str, Any]) -> None:
        self.items = list(items)
        self.up = True
        self._sockets: list[WebSocketRoute] = []
        came.context.route_web_socket("**/ws/landing/*", self._answer)

    def publishes(self, *items: dict[str, Any]) -> None:
        for each in items:
            self.says({"type": "activity", **each})

    def takes_back(self, number: int) -> None:
        self.says({"type": "activity-removed", "id": number})

    def knows(self, *items: dict[str, Any]) -> None:
        self.says({"type": "activity-history", "items": list(items)})

    def says(self, frame: Any) -> None:
        for socket in self._sockets:
            socket.send(json.dumps(frame))

    def goes(self) -> None:
        self.up = False
        for socket in self._sockets:
            socket.close()
        self._sockets.clear()

    def _answer(self, socket: WebSocketRoute) -> None:
        if self.up:
            self._sockets.append(socket)
            self.knows(*self.items)
        else:
            socket.close()


class Feed:
    """The one feed of a tab."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.element = tab.page.locator("live-activity-feed")
        self.rows = self.element.locator("li")
        self.list = self.element.locator("ol")
        self.button = self.element.locator("button")

    def part(self, name: str) -> Locator:
        return self.element.locator(f"[part={name}]")

    def shows(self, *numbers: int) -> None:
        texts = [f"did thing number {number}" for number in numbers]
        expect(self.part("text")).to_have_text(texts)

    def waits(self, text: str) -> None:
        expect(self.part("waiting")).to_have_text(text)

    def is_pointed_at(self) -> None:
        self.list.hover()

    def is_left_alone(self) -> None:
        self.tab.page.mouse.move(0, 0)

    def looks(self, name: str) -> None:
        self.tab.looks(f"feed-{name}")


def five() -> list[dict[str, Any]]:
    return [item(number) for number in (5, 4, 3, 2, 1)]


@pytest.fixture
def feed(visitor: Comes) -> tuple[Feed, Server]:
    """A feed that shows five, and its server."""
    came = visitor()
    server = Server(came, *five())
    feed = Feed(came.opens())
    feed.shows(5, 4, 3, 2, 1)
    return feed, server


def rendered(*items: dict[str, Any]) -> dict[str, str]:
    """For ``gets_a_page_where``: the server had rendered these."""
    rows = [{**each, "name": "Sign-up", "icon": "M4 12h16", "ago": "now"} for each in items]
    html = "".join(
        render_to_string("landing/partials/activity_item.html", {"row": row}) for row in rows
    )
    return {
        r"(<ol [^>]*>)": r"\1" + html.replace("\\", r"\\"),
        'part="empty"': 'part="empty" hidden',
    }


def test_the_first_items_become_live_where_they_stand(visitor: Comes) -> None:
    came = visitor()
    came.context.add_init_script(
        LAYOUT_SHIFTS
        + """
        window.touched = [];
        document.addEventListener("readystatechange", () => {
          if (document.readyState !== "interactive") return;
          const list = document.querySelector("live-activity-feed ol");
          new MutationObserver((all) => {
            for (const { addedNodes, removedNodes } of all) {
              window.touched.push(...addedNodes, ...removedNodes);
            }
          }).observe(list, { childList: true });
        });"""
    )
    came.gets_a_page_where(rendered(*five()))
    Server(came, *five())
    feed = Feed(came.opens())

    expect(feed.rows.first.locator("time")).to_have_text("5 minutes ago")
    expect(feed.rows.first.locator("svg")).to_have_attribute("aria-label", "Purchase")
    feed.shows(5, 4, 3, 2, 1)
    assert feed.tab.page.evaluate("window.touched.length") == 0
    assert feed.tab.page.evaluate("window.shift") == 0
    expect(feed.element.locator("[fresh]")).to_have_count(0)


def test_until_the_server_speaks_the_first_items_stay(visitor: Comes) -> None:
    came = visitor()
    came.gets_a_page_where(rendered(*five()))
    server = Server(came)
    server.up = False
    feed = Feed(came.opens())
    expect(feed.rows.first.locator("time")).to_have_text("5 minutes ago")
    feed.tab.page.wait_for_timeout(3_000)

    feed.shows(5, 4, 3, 2, 1)
    expect(feed.element).not_to_have_attribute("failed", "")


def test_a_new_item_slides_in_and_the_feed_keeps_its_size(feed: tuple[Feed, Server]) -> None:
    shown, server = feed
    page = shown.tab.page
    size = shown.element.bounding_box()

    server.publishes(item(6, kind="purchase", skipped=90))
    shown.shows(6, 5, 4, 3, 2)

    moving = "document.getAnimations().map((each) => each.animationName)"
    assert "enter" in page.evaluate(moving)
    expect(shown.rows.first.locator("svg")).to_have_attribute("aria-label", "Purchase")
    expect(shown.rows.first).to_contain_text("and 90 more")
    expect(shown.rows.nth(1)).not_to_contain_text("more")
    assert shown.element.bounding_box() == size
    assert page.evaluate("document.querySelectorAll('[fresh]').length") == 1


def test_an_older_one_that_comes_late_has_its_place(feed: tuple[Feed, Server]) -> None:
    shown, server = feed

    server.publishes(item(7), item(6), item(7))

    shown.shows(7, 6, 5, 4, 3)


def test_with_reduced_motion_nothing_moves(visitor: Comes) -> None:
    came = visitor(reduced_motion="reduce")
    server = Server(came, *five())
    feed = Feed(came.opens())
    feed.shows(5, 4, 3, 2, 1)

    server.publishes(item(6))
    feed.shows(6, 5, 4, 3, 2)

    assert feed.tab.page.evaluate("document.getAnimations().length") == 0


def test_it_stands_still_while_somebody_points_at_it(feed: tuple[Feed, Server]) -> None:
    shown, server = feed
    shown.is_pointed_at()

    server.publishes(item(6), item(7))
    shown.waits("2 new")
    shown.shows(5, 4, 3, 2, 1)

    shown.is_left_alone()
    shown.shows(7, 6, 5, 4, 3)
    shown.waits("")


def test_it_stands_still_while_the_keyboard_is_in_it(feed: tuple[Feed, Server]) -> None:
    shown, server = feed
    shown.button.focus()
    shown.tab.page.keyboard.press("Tab")
    expect(shown.list).to_be_focused()

    server.publishes(item(6))
    shown.waits("1 new")
    shown.shows(5, 4, 3, 2, 1)

    shown.tab.page.keyboard.press("Tab")
    shown.shows(6, 5, 4, 3, 2)


def test_the_button_pauses_and_resumes(feed: tuple[Feed, Server]) -> None:
    shown, server = feed
    button = shown.button
    expect(button).to_have_accessible_name("Pause")
    button.click()
    shown.is_left_alone()
    expect(button).to_have_accessible_name("Resume")

    server.publishes(item(6), item(7), item(8))
    expect(button).to_have_accessible_name("Resume 3 new")
    shown.shows(5, 4, 3, 2, 1)
    expect(shown.element).to_have_attribute("paused", "")

    # The pointer is over it and the focus in it, which is no reason to stand still again.
    button.click()
    shown.shows(8, 7, 6, 5, 4)
    expect(button).to_have_accessible_name("Pause")
    server.publishes(item(9))
    shown.shows(9, 8, 7, 6, 5)


def test_the_button_can_be_used_by_keyboard(feed: tuple[Feed, Server]) -> None:
    shown, server = feed
    shown.button.focus()
    shown.tab.page.keyboard.press("Space")
    expect(shown.element).to_have_attribute("paused", "")
    server.publishes(item(6))
    shown.waits("1 new")

    shown.tab.page.keyboard.press("Enter")

    shown.shows(6, 5, 4, 3, 2)


def test_a_finger_does_not_hold_it(visitor: Comes) -> None:
    came = visitor(has_touch=True, viewport={"width": 360, "height": 740})
    server = Server(came, *five())
    feed = Feed(came.opens())
    feed.shows(5, 4, 3, 2, 1)
    feed.rows.first.tap()

    server.publishes(item(6))

    feed.shows(6, 5, 4, 3, 2)


def test_what_is_taken_back_goes_at_once_also_while_it_stands_still(
    feed: tuple[Feed, Server],
) -> None:
    shown, server = feed
    shown.is_pointed_at()
    server.publishes(item(6), item(7))
    shown.waits("2 new")

    server.takes_back(4)
    shown.shows(5, 3, 2, 1)
    server.takes_back(6)
    shown.waits("1 new")
    server.knows(item(8), item(5), item(3), item(1))
    shown.shows(5, 3, 1)
    shown.waits("1 new")

    server.knows()
    expect(shown.rows).to_have_count(0)
    expect(shown.part("empty")).to_be_visible()
    expect(shown.button).to_be_hidden()


def test_an_empty_feed_that_is_pointed_at_shows_the_first_item(visitor: Comes) -> None:
    came = visitor()
    server = Server(came)
    feed = Feed(came.opens())
    expect(feed.part("empty")).to_be_visible()
    feed.element.hover()

    server.publishes(item(1))

    feed.shows(1)
    expect(feed.part("empty")).to_be_hidden()


def test_a_screen_reader_is_told_rarely_and_nothing_that_was_taken_back(visitor: Comes) -> None:
    came = visitor()
    came.context.clock.install()
    server = Server(came, *five())
    feed = Feed(came.opens())
    feed.shows(5, 4, 3, 2, 1)
    log = feed.part("log")
    expect(log).to_have_attribute("role", "log")
    server.publishes(item(6), item(7))
    feed.shows(7, 6, 5, 4, 3)
    expect(log).to_have_text("")

    came.context.clock.fast_forward("00:11")
    expect(log).to_have_text("Visitor 7 did thing number 7 and 1 more")
    server.publishes(item(8))
    feed.shows(8, 7, 6, 5, 4)
    expect(log).to_have_text("Visitor 7 did thing number 7 and 1 more")

    server.takes_back(7)
    expect(log).to_have_text("")
    came.context.clock.fast_forward("00:11")
    expect(log).to_have_text("Visitor 8 did thing number 8")


def test_times_stay_right(visitor: Comes) -> None:
    came = visitor()
    came.context.clock.install(time=datetime.now(UTC))
    Server(came, item(2, minutes_ago=0), item(1, minutes_ago=59))
    feed = Feed(came.opens())
    expect(feed.part("time")).to_have_text(["now", "59 minutes ago"])

    came.context.clock.fast_forward("00:12")
    expect(feed.part("time")).to_have_text(["10 seconds ago", "59 minutes ago"])
    came.context.clock.fast_forward("00:50")
    expect(feed.part("time")).to_have_text(["1 minute ago", "1 hour ago"])


def test_two_feeds_on_a_page_are_independent(visitor: Comes) -> None:
    came = visitor()
    came.gets_a_page_where(
        {r"(?s)(<live-activity-feed.*?</live-activity-feed>)": r"\1<div id='second'>\1</div>"}
    )
    server = Server(came, *five())
    tab = came.opens()
    tab.page.evaluate("document.querySelector('#second > *').setAttribute('limit', '2')")
    first, second = (tab.page.locator("live-activity-feed").nth(n) for n in (0, 1))
    expect(first.locator("li")).to_have_count(5)
    first.locator("button").click()

    server.publishes(item(6))

    expect(second.locator("[part=text]")).to_have_text(["did thing number 6", "did thing number 5"])
    expect(first.locator("[part=waiting]")).to_have_text("1 new")
    expect(second.locator("[part=waiting]")).to_have_text("")


def test_what_is_malformed_leaves_the_last_good_state(feed: tuple[Feed, Server]) -> None:
    shown, server = feed

    for changes in (
        {"id": 1.5},
        {"id": None},
        {"kind": 5},
        {"text": {"toString": "x"}},
        {"actor": None},
        {"timestamp": "soon"},
        {"skipped": -90},
    ):
        server.publishes(item(6) | changes)
        server.knows(item(6) | changes)
    server.says({"type": "activity-history", "items": "none"})
    server.publishes(item(7, kind="constructor"))

    shown.shows(7, 5, 4, 3, 2)
    expect(shown.rows.first.locator("svg")).to_have_attribute("aria-label", "Activity")
    assert [each for each in shown.tab.complaints if "cannot read" not in each] == []


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_text_stays_text_and_leaves_the_page_whole(visitor: Comes, what: str) -> None:
    came = visitor(viewport={"width": 320, "height": 640})
    nasty = HOSTILE[what]
    server = Server(came, item(1))
    feed = Feed(came.opens())
    feed.shows(1)
    size = feed.element.bounding_box()
    elements = "document.querySelectorAll('live-activity-feed *').length"
    per_row = feed.tab.page.evaluate("document.querySelectorAll('live-activity-feed li *').length")
    before = feed.tab.page.evaluate(elements)

    server.publishes(item(2, text=nasty, actor=nasty, kind=nasty))
    expect(feed.rows).to_have_count(2)

    page = feed.tab.page
    text = "document.querySelector('live-activity-feed [part=text]').textContent"
    assert page.evaluate(text) == nasty
    assert page.evaluate(elements) == before + per_row + 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert feed.element.bounding_box() == size
    assert page.title() != "caught"
    assert feed.tab.complaints == []
    feed.looks(f"hostile-{what.replace(' ', '-')}")


def test_from_right_to_left_it_is_a_mirror_image(visitor: Comes) -> None:
    came = visitor(viewport={"width": 320, "height": 640}, reduced_motion="reduce")
    came.gets_a_page_where({'<html lang="en"': '<html lang="ar" dir="rtl"'})
    server = Server(came, *five())
    feed = Feed(came.opens())
    feed.shows(5, 4, 3, 2, 1)
    feed.button.click()
    server.publishes(item(6, actor="ليلى", text="انضمت"))
    expect(feed.part("waiting")).to_have_text("1 new")
    feed.looks("rtl-320")
    feed.button.click()
    expect(feed.part("actor").first).to_have_text("ليلى")

    icon = feed.rows.first.locator("svg").bounding_box()
    text = feed.part("time").first.bounding_box()
    assert icon is not None and text is not None
    assert icon["x"] > text["x"] + text["width"]
    assert feed.tab.page.evaluate("document.documentElement.scrollWidth") <= 320
    expect(feed.part("time").nth(1)).to_have_text("قبل 5 دقائق")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_is_accessible_in_each_state(visitor: Comes, width: int, scheme: str) -> None:
    came = visitor(
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    server = Server(came)
    feed = Feed(came.opens())

    def is_fine(state: str) -> None:
        feed.looks(f"{state}-{width}-{scheme}")
        assert feed.tab.barriers() == [], state
        assert feed.tab.page.evaluate("document.documentElement.scrollWidth") <= width, state

    expect(feed.part("empty")).to_be_visible()
    is_fine("empty")
    server.knows(*five())
    server.publishes(item(6, skipped=90, text="started a campaign with quite a long name indeed"))
    expect(feed.rows.first).to_contain_text("and 90 more")
    is_fine("items")
    feed.button.click()
    server.publishes(item(7), item(8), item(9))
    feed.waits("3 new")
    is_fine("paused")
    server.knows()
    feed.button.click()
    server.goes()
    expect(feed.part("note")).to_contain_text("Not connected.", timeout=30_000)
    is_fine("error")
    server.up = True
    expect(feed.part("note")).to_contain_text("No activity yet.", timeout=30_000)
