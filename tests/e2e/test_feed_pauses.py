"""The feed holds still under the pointer, with the keyboard focus, and while it is paused."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.played_feed import Feed, PlayedServer, five, item
from tests.e2e.visitors import NewVisitor, Visitor


def test_it_pauses_under_the_pointer(feed: Feed, feed_server: PlayedServer) -> None:
    feed.hover()

    feed_server.publish(item(6), item(7))
    feed.expect_waiting("2 new")
    feed.expect_items(5, 4, 3, 2, 1)

    feed.move_pointer_away()
    feed.expect_items(7, 6, 5, 4, 3)
    feed.expect_waiting("")


def test_it_pauses_with_keyboard_focus(feed: Feed, feed_server: PlayedServer) -> None:
    feed.button.focus()
    feed.tab.page.keyboard.press("Tab")
    expect(feed.list).to_be_focused()

    feed_server.publish(item(6))
    feed.expect_waiting("1 new")
    feed.expect_items(5, 4, 3, 2, 1)

    feed.tab.page.keyboard.press("Tab")
    feed.expect_items(6, 5, 4, 3, 2)


def test_the_button_pauses_and_resumes(feed: Feed, feed_server: PlayedServer) -> None:
    button = feed.button
    expect(button).to_have_accessible_name("Pause activity")
    button.click()
    feed.move_pointer_away()
    expect(button).to_have_accessible_name("Resume activity")

    feed_server.publish(item(6), item(7), item(8))
    expect(button).to_have_accessible_name("Resume activity, 3 new")
    feed.expect_items(5, 4, 3, 2, 1)
    expect(feed.element).to_have_attribute("paused", "")

    # Pointer and focus are on the button, but that must not pause the feed again.
    button.click()
    feed.expect_items(8, 7, 6, 5, 4)
    expect(button).to_have_accessible_name("Pause activity")
    feed_server.publish(item(9))
    feed.expect_items(9, 8, 7, 6, 5)


def test_the_button_can_be_used_by_keyboard(feed: Feed, feed_server: PlayedServer) -> None:
    feed.button.focus()
    feed.tab.page.keyboard.press("Space")
    expect(feed.element).to_have_attribute("paused", "")
    feed_server.publish(item(6))
    feed.expect_waiting("1 new")

    feed.tab.page.keyboard.press("Enter")

    feed.expect_items(6, 5, 4, 3, 2)


def test_a_touch_does_not_pause_it(new_visitor: NewVisitor) -> None:
    visitor = new_visitor(has_touch=True, viewport={"width": 360, "height": 740})
    server = PlayedServer(visitor, *five())
    feed = Feed(visitor.open())
    feed.expect_items(5, 4, 3, 2, 1)
    feed.rows.first.tap()

    server.publish(item(6))

    feed.expect_items(6, 5, 4, 3, 2)


def test_a_removed_item_disappears_at_once_even_while_paused(
    feed: Feed,
    feed_server: PlayedServer,
) -> None:
    feed.hover()
    feed_server.publish(item(6), item(7))
    feed.expect_waiting("2 new")

    feed_server.remove(4)
    feed.expect_items(5, 3, 2, 1)
    feed_server.remove(6)
    feed.expect_waiting("1 new")
    feed_server.send_history(item(8), item(5), item(3), item(1))
    feed.expect_items(5, 3, 1)
    feed.expect_waiting("1 new")

    feed_server.send_history()
    expect(feed.rows).to_have_count(0)
    expect(feed.part("empty")).to_be_visible()
    expect(feed.button).to_be_hidden()


def test_an_empty_feed_under_the_pointer_shows_the_first_item(player: Visitor) -> None:
    server = PlayedServer(player)
    feed = Feed(player.open())
    expect(feed.part("empty")).to_be_visible()
    feed.element.hover()

    server.publish(item(1))

    feed.expect_items(1)
    expect(feed.part("empty")).to_be_hidden()
