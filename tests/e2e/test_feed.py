"""The activity feed in a real browser, with a server played by the test."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import expect

from tests.e2e.played_feed import Feed, PlayedServer, five, item
from tests.e2e.visitors import SCREENS, NewVisitor, Visitor

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


def rendered(*items: dict[str, Any]) -> dict[str, str]:
    """Return replacements for ``rewrite_page`` as if the server had rendered these items."""
    rows = [{**each, "name": "Sign-up", "icon": "M4 12h16", "ago": "now"} for each in items]
    html = "".join(
        render_to_string("live_user_counter/partials/activity_item.html", {"row": row})
        for row in rows
    )
    return {
        r"(<ol [^>]*>)": r"\1" + html.replace("\\", r"\\"),
        'part="empty"': 'part="empty" hidden',
    }


def test_rendered_items_become_live_in_place(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    visitor.context.add_init_script(
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
    visitor.rewrite_page(rendered(*five()))
    PlayedServer(visitor, *five())
    feed = Feed(visitor.open())

    expect(feed.rows.first.locator("time")).to_have_text("5 minutes ago")
    expect(feed.rows.first.locator("svg")).to_have_attribute("aria-label", "Purchase")
    feed.expect_items(5, 4, 3, 2, 1)
    assert feed.tab.page.evaluate("window.touched.length") == 0
    assert feed.tab.page.evaluate("window.shift") == 0
    expect(feed.element.locator("[fresh]")).to_have_count(0)


def test_rendered_items_stay_until_the_first_frame(player: Visitor) -> None:
    player.rewrite_page(rendered(*five()))
    server = PlayedServer(player)
    server.up = False
    feed = Feed(player.open())
    expect(feed.rows.first.locator("time")).to_have_text("5 minutes ago")
    feed.tab.page.wait_for_timeout(3_000)

    feed.expect_items(5, 4, 3, 2, 1)
    expect(feed.part("connection")).to_have_text("Not connected")
    expect(feed.part("empty")).to_be_hidden()
    server.up = True
    expect(feed.part("connection")).to_have_text("")


def test_a_new_item_slides_in_and_the_feed_keeps_its_size(
    feed: Feed, feed_server: PlayedServer
) -> None:
    page = feed.tab.page
    size = feed.element.bounding_box()
    page.evaluate(
        "addEventListener('animationstart', (event) => (window[event.animationName] = true))"
    )

    feed_server.publish(item(6, kind="purchase", skipped=90))
    feed.expect_items(6, 5, 4, 3, 2)

    page.wait_for_function("window['luc-enter']")
    expect(feed.rows.first.locator("svg")).to_have_attribute("aria-label", "Purchase")
    expect(feed.rows.first).to_contain_text("and 90 more")
    expect(feed.rows.nth(1)).not_to_contain_text("more")
    assert feed.element.bounding_box() == size
    assert page.evaluate("document.querySelectorAll('[fresh]').length") == 1


@pytest.mark.parametrize("width", [320, 360, 1440])
def test_a_long_text_is_cut_after_three_lines_and_shown_on_demand(
    player: Visitor, width: int
) -> None:
    text = "ran through the whole town and back again " * 6
    PlayedServer(player, item(2, text=text), item(1))
    feed = Feed(player.open())
    page = feed.tab.page
    page.set_viewport_size({"width": width, "height": 900})
    expect(feed.rows).to_have_count(2)
    expand = feed.part("expand")
    lines = "(row) => Math.round(row.querySelector('[part=event]').clientHeight / 22.4)"

    expect(expand.first).to_have_text("Show all")
    expect(expand.first).to_have_attribute("aria-expanded", "false")
    expect(expand.last).to_be_hidden()
    assert feed.rows.first.evaluate(lines) == 3
    expect(feed.part("text").first).to_have_text(text, use_inner_text=True)
    feed.list.focus()
    page.keyboard.press("Tab")
    expect(expand.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(expand.first).to_have_text("Show less")
    expect(expand.first).to_have_attribute("aria-expanded", "true")
    assert feed.rows.first.evaluate(lines) > 3
    assert feed.tab.accessibility_violations() == []
    feed.save_screenshot(f"expanded-{width}")
    page.keyboard.press("Enter")
    assert feed.rows.first.evaluate(lines) == 3


def test_a_feed_on_a_phone_has_no_empty_room(player: Visitor) -> None:
    server = PlayedServer(player)
    feed = Feed(player.open())
    room = """(feed) => {
      const last = [...feed.querySelectorAll("li, [part=note]")].filter((each) =>
        each.checkVisibility()).at(-1);
      return feed.getBoundingClientRect().bottom - last.getBoundingClientRect().bottom;
    }"""
    for width in (320, 360):
        feed.tab.page.set_viewport_size({"width": width, "height": 640})
        for items in ([], [item(1)], five()):
            server.send_history(*items)
            expect(feed.rows).to_have_count(len(items))
            assert feed.element.evaluate(room) <= 56, (width, len(items))
            if not items:
                assert feed.element.evaluate("(feed) => feed.offsetHeight") <= 240


def test_new_rows_do_not_move_what_is_visible_below_the_feed(player: Visitor) -> None:
    server = PlayedServer(player, item(1))
    feed = Feed(player.open())
    feed.expect_items(1)
    page = feed.tab.page
    page.set_viewport_size({"width": 360, "height": 1400})
    page.wait_for_function("document.querySelector('live-activity-feed').offsetTop > 0")
    size = feed.element.bounding_box()

    server.publish(item(2), item(3))
    feed.expect_items(3, 2, 1)
    assert feed.element.bounding_box() == size
    page.set_viewport_size({"width": 361, "height": 700})
    page.wait_for_function(
        "document.querySelector('ol').scrollHeight <= document.querySelector('ol').clientHeight"
    )
    height = feed.element.evaluate("(feed) => feed.offsetHeight")
    server.publish(item(4))
    feed.expect_items(4, 3, 2, 1)
    expect(feed.element.locator("[fresh]").first).to_be_attached()
    page.wait_for_function(
        "(height) => document.querySelector('live-activity-feed').offsetHeight > height", arg=height
    )


def test_a_late_older_item_is_sorted_in(feed: Feed, feed_server: PlayedServer) -> None:
    feed_server.publish(item(7), item(6), item(7))

    feed.expect_items(7, 6, 5, 4, 3)


def test_with_reduced_motion_nothing_moves(new_visitor: NewVisitor) -> None:
    visitor = new_visitor(reduced_motion="reduce")
    server = PlayedServer(visitor, *five())
    feed = Feed(visitor.open())
    feed.expect_items(5, 4, 3, 2, 1)

    server.publish(item(6))
    feed.expect_items(6, 5, 4, 3, 2)

    assert feed.tab.page.evaluate("document.getAnimations().length") == 0


def test_a_screen_reader_gets_few_announcements_without_removed_items(
    new_visitor: NewVisitor,
) -> None:
    visitor = new_visitor()
    visitor.context.clock.install()
    server = PlayedServer(visitor, *five())
    feed = Feed(visitor.open())
    feed.expect_items(5, 4, 3, 2, 1)
    log = feed.part("log")
    expect(log).to_have_attribute("role", "log")
    server.publish(item(6), item(7))
    feed.expect_items(7, 6, 5, 4, 3)
    expect(log).to_have_text("")

    visitor.context.clock.fast_forward("00:11")
    expect(log).to_have_text("Visitor 7 did thing number 7 and 1 more")
    server.publish(item(8))
    feed.expect_items(8, 7, 6, 5, 4)
    expect(log).to_have_text("Visitor 7 did thing number 7 and 1 more")

    server.remove(7)
    expect(log).to_have_text("")
    visitor.context.clock.fast_forward("00:11")
    expect(log).to_have_text("Visitor 8 did thing number 8")


def test_times_stay_correct(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    visitor.context.clock.install(time=datetime.now(UTC))
    PlayedServer(visitor, item(2, minutes_ago=0), item(1, minutes_ago=59))
    feed = Feed(visitor.open())
    expect(feed.part("time")).to_have_text(["now", "59 minutes ago"])

    visitor.context.clock.fast_forward("00:12")
    expect(feed.part("time")).to_have_text(["10 seconds ago", "59 minutes ago"])
    visitor.context.clock.fast_forward("00:50")
    expect(feed.part("time")).to_have_text(["1 minute ago", "1 hour ago"])


def test_two_feeds_on_a_page_are_independent(player: Visitor) -> None:
    player.rewrite_page(
        {r"(?s)(<live-activity-feed.*?</live-activity-feed>)": r"\1<div id='second'>\1</div>"}
    )
    server = PlayedServer(player, *five())
    tab = player.open()
    tab.page.evaluate("document.querySelector('#second > *').setAttribute('limit', '2')")
    first, second = (tab.page.locator("live-activity-feed").nth(n) for n in (0, 1))
    expect(first.locator("li")).to_have_count(5)
    first.locator("[part=head] button").click()

    server.publish(item(6))

    expect(second.locator("[part=text]")).to_have_text(["did thing number 6", "did thing number 5"])
    expect(first.locator("[part=waiting]")).to_have_text("1 new")
    expect(second.locator("[part=waiting]")).to_have_text("")


def test_malformed_frames_keep_the_last_valid_state(feed: Feed, feed_server: PlayedServer) -> None:
    for changes in (
        {"id": 1.5},
        {"id": None},
        {"kind": 5},
        {"text": {"toString": "x"}},
        {"actor": None},
        {"timestamp": "soon"},
        {"skipped": -90},
    ):
        feed_server.publish(item(6) | changes)
        feed_server.send_history(item(6) | changes)
    feed_server.send({"type": "activity-history", "items": "none"})
    feed_server.publish(item(7, kind="constructor"))

    feed.expect_items(7, 5, 4, 3, 2)
    expect(feed.rows.first.locator("svg")).to_have_attribute("aria-label", "Activity")
    assert [each for each in feed.tab.console_messages if "invalid data" not in each] == []


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_text_stays_text_and_leaves_the_page_whole(player: Visitor, what: str) -> None:
    nasty = HOSTILE[what]
    server = PlayedServer(player, item(1))
    feed = Feed(player.open())
    feed.tab.page.set_viewport_size({"width": 320, "height": 640})
    feed.expect_items(1)
    height = feed.element.evaluate("(feed) => feed.offsetHeight")
    elements = "document.querySelectorAll('live-activity-feed *').length"
    per_row = feed.tab.page.evaluate("document.querySelectorAll('live-activity-feed li *').length")
    before = feed.tab.page.evaluate(elements)

    server.publish(item(2, text=nasty, actor=nasty, kind=nasty))
    expect(feed.rows).to_have_count(2)

    page = feed.tab.page
    text = "document.querySelector('live-activity-feed [part=text]').textContent"
    assert page.evaluate(text) == nasty
    assert page.evaluate(elements) == before + per_row + 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert feed.element.evaluate("(feed) => feed.offsetHeight") <= height + 120
    assert page.title() != "caught"
    assert feed.tab.console_messages == []
    feed.save_screenshot(f"hostile-{what.replace(' ', '-')}")


def test_it_is_mirrored_from_right_to_left(new_visitor: NewVisitor) -> None:
    visitor = new_visitor(viewport={"width": 320, "height": 640}, reduced_motion="reduce")
    visitor.rewrite_page({'<html lang="en"': '<html lang="ar" dir="rtl"'})
    server = PlayedServer(visitor, *five())
    feed = Feed(visitor.open())
    feed.expect_items(5, 4, 3, 2, 1)
    feed.button.click()
    server.publish(item(6, actor="ليلى", text="انضمت"))
    expect(feed.part("waiting")).to_have_text("1 new")
    feed.save_screenshot("rtl-320")
    feed.button.click()
    expect(feed.part("actor").first).to_have_text("ليلى")

    icon = feed.rows.first.locator("svg").bounding_box()
    text = feed.part("time").first.bounding_box()
    assert icon is not None and text is not None
    assert icon["x"] > text["x"] + text["width"]
    assert feed.tab.page.evaluate("document.documentElement.scrollWidth") <= 320
    expect(feed.part("time").nth(1)).to_have_text("قبل 5 دقائق")


@pytest.mark.parametrize(("width", "height", "scheme"), SCREENS)
def test_it_is_accessible_in_each_state(
    new_visitor: NewVisitor, width: int, height: int, scheme: str
) -> None:
    visitor = new_visitor(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    server = PlayedServer(visitor)
    feed = Feed(visitor.open())

    def check(state: str) -> None:
        feed.save_screenshot(f"{state}-{width}-{scheme}")
        assert feed.tab.accessibility_violations() == [], state
        assert feed.tab.page.evaluate("document.documentElement.scrollWidth") <= width, state

    expect(feed.part("empty")).to_be_visible()
    check("empty")
    server.send_history(*five())
    server.publish(item(6, skipped=90, text="started a campaign with quite a long name indeed"))
    expect(feed.rows.first).to_contain_text("and 90 more")
    check("items")
    feed.button.click()
    server.publish(item(7), item(8), item(9))
    feed.expect_waiting("3 new")
    check("paused")
    server.send_history()
    feed.button.click()
    server.disconnect()
    expect(feed.part("note")).to_contain_text("Not connected.", timeout=30_000)
    check("error")
    server.up = True
    expect(feed.part("note")).to_contain_text("No activity yet.", timeout=30_000)
