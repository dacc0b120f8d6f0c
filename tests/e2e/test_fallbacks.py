"""The counter and the feed in browsers that lack features, and on pages with mistakes."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.painted import PAINTED, expect_painted
from tests.e2e.played import API, VERSION
from tests.e2e.played_feed import Feed, PlayedServer, five, item
from tests.e2e.visitors import Arrive, NewVisitor, Tab, Visitor, wait_for_people

#: Takes features out of the browser, by name. The page's own scripts run afterwards.
WITHOUT = """
const lacks = (names) => {
  for (const name of names) {
    const path = name.split(".");
    const key = path.pop();
    delete path.reduce((object, each) => object[each], window)[key];
  }
};
const fails = (name) => {
  const Failing = function () { throw new DOMException("forbidden", "SecurityError"); };
  Object.defineProperty(window, name, { value: Failing });
};
const isForbidden = (name) => Object.defineProperty(window, name, {
  get() { throw new DOMException("forbidden", "SecurityError"); },
});
"""
#: The counts come over the socket.
SOCKET = {
    "fetch": "lacks(['fetch', 'AbortSignal.timeout'])",
    "storage and broadcasts": "lacks(['BroadcastChannel', 'localStorage', 'sessionStorage'])",
    "what an opaque origin forbids": """
        fails('BroadcastChannel');
        isForbidden('localStorage');
        isForbidden('sessionStorage');
    """,
    "observers": """lacks([
        'MutationObserver', 'WebKitMutationObserver', 'ResizeObserver', 'IntersectionObserver',
        'PerformanceObserver',
    ])""",
    "motion": "lacks(['matchMedia', 'Element.prototype.animate', 'Animation'])",
    "parts of Intl": "lacks(['Intl.RelativeTimeFormat', 'Intl.PluralRules'])",
}
#: The counts come from the API.
NO_SOCKET = {
    "missing": "lacks(['WebSocket'])",
    "forbidden by a policy": "fails('WebSocket')",
    "missing, like AbortSignal.timeout": "lacks(['WebSocket', 'AbortSignal.timeout'])",
}
LANGUAGES = ["C", "POSIX", "x-klingon", "i-default", "", "en-US-x-", "unicode", "a" * 300, "en_US"]
WORDS = [
    '{"as_of":null}',
    '{"as_of":["x"],"reconnecting":{},"new":null,"more":5,"down":0,"none":false}',
    "[]",
    "{",
]


def without(script: str) -> dict[str, str]:
    """Return the replacement for ``rewrite_page`` that runs this script before all others."""
    return {"<head>": f"<head><script>{{ {WITHOUT} {script} }}</script>"}


def open_played(visitor: Visitor) -> tuple[Tab, PlayedServer, Feed]:
    """Open the page with 1,234 people and five activities."""
    server = PlayedServer(visitor, *five(), people=1_234)
    tab = visitor.open()
    return tab, server, Feed(tab)


def expect_live(tab: Tab, server: PlayedServer, feed: Feed, figure: str = "1,235") -> None:
    """Wait until both elements show what the server sends now."""
    server.count(1_235)
    expect_painted(tab, figure)
    server.publish(item(6))
    feed.expect_items(6, 5, 4, 3, 2)


def stats(people: int) -> dict[str, Any]:
    """Return a response of the stats API."""
    online = {"people": people, "connections": people, "signed_in": 0, "anonymous": people}
    counts: dict[str, Any] = {"active_users_now": people, "window_minutes": 15, "online": online}
    times = {"source": "live", "as_of": "2026-01-31T12:00:00.123Z", "version": VERSION}
    return counts | times | {"today": {"visitors": 1, "page_views": 1, "peak_people": 1}}


@pytest.mark.parametrize("missing", SOCKET)
def test_the_counter_and_the_feed_are_live_without(player: Visitor, missing: str) -> None:
    player.rewrite_page(without(SOCKET[missing]))
    tab, server, feed = open_played(player)

    expect_live(tab, server, feed)

    server.disconnect()
    expect(tab.part("status")).to_contain_text("Reconnecting… · counted ")
    expect(tab.part("status")).to_contain_text("ago")
    assert tab.console_messages == []


def test_without_intl_numbers_are_not_grouped(player: Visitor) -> None:
    player.rewrite_page(without("lacks(['Intl'])"))
    tab, server, feed = open_played(player)

    expect_live(tab, server, feed, "1235")
    assert tab.console_messages == []


@pytest.mark.parametrize("socket", NO_SOCKET)
def test_without_a_socket_the_api_keeps_the_counter_live(player: Visitor, socket: str) -> None:
    interval = {'update-interval="30"': 'update-interval="1"'}
    player.rewrite_page(without(NO_SOCKET[socket]) | interval)
    player.context.route(API, lambda route: route.fulfill(json=stats(1_234)))
    tab = player.open()

    expect_painted(tab, "1,234")
    expect(tab.part("status")).to_contain_text("Connecting… · counted ")
    assert len(tab.console_messages) == 1
    assert tab.console_messages[0].startswith("Live counter: ")


def test_without_socket_and_fetch_the_first_number_stays_with_its_age(
    new_visitor: NewVisitor, arrive: Arrive
) -> None:
    wait_for_people(arrive(), 1)
    visitor = new_visitor()
    visitor.rewrite_page(without("lacks(['WebSocket', 'fetch'])"))
    tab = visitor.open()

    expect_painted(tab, "1")
    expect(tab.part("status")).to_contain_text("Connecting… · counted ")
    assert len(tab.console_messages) == 1


def test_without_custom_elements_the_first_number_stays_with_a_note(
    new_visitor: NewVisitor, arrive: Arrive
) -> None:
    wait_for_people(arrive(), 1)
    visitor = new_visitor()
    visitor.rewrite_page(without("lacks(['customElements'])"))
    tab = visitor.open()

    expect_painted(tab, "1")
    expect(tab.counter).to_contain_text("Counted when the page loaded.")
    assert tab.console_messages == []
    tab.save_screenshot("without-custom-elements")


def test_in_a_sandbox_the_first_number_stays_with_its_age(new_visitor: NewVisitor) -> None:
    """An opaque origin has no storage, no API, and no socket to this site."""
    visitor = new_visitor()

    def answer_any_origin(route: Route) -> None:
        answer = route.fetch()
        allowed = {
            "access-control-allow-origin": "*",
            "cross-origin-resource-policy": "cross-origin",
        }
        route.fulfill(response=answer, headers={**answer.headers, **allowed})

    visitor.context.route("**/static/**", answer_any_origin)
    tab = visitor.open()
    tab.expect_people(1)
    errors: list[str] = []
    tab.page.on("pageerror", lambda error: errors.append(str(error)))
    tab.page.evaluate(
        """async () => {
          const frame = document.createElement("iframe");
          frame.sandbox = "allow-scripts";
          frame.srcdoc = await (await fetch("/")).text();
          document.body.append(frame);
        }"""
    )

    status = tab.page.frame_locator("iframe").locator("[part=status]")
    expect(status).to_contain_text("Connecting… · counted ")
    assert tab.page.frames[1].evaluate(PAINTED) == ["1"]
    assert errors == []


def test_a_script_that_cannot_be_loaded_leaves_the_first_number(
    new_visitor: NewVisitor, arrive: Arrive
) -> None:
    wait_for_people(arrive(), 1)
    visitor = new_visitor()
    visitor.context.route("**/rolling-digits*.js", lambda route: route.abort())
    tab = visitor.open()

    expect_painted(tab, "1")


def test_any_language_shows_live_numbers(new_visitor: NewVisitor) -> None:
    # The browser's own language must not be the fallback.
    visitor = new_visitor(locale="de-DE")
    selected = {"name": "django_language", "value": "en", "url": visitor.site.url}
    visitor.context.add_cookies([selected])  # type: ignore[list-item]
    visitor.rewrite_page({'<html lang="en"': f'<html lang="{LANGUAGES[0]}"'})
    tab, server, feed = open_played(visitor)
    expect_live(tab, server, feed)

    for people, language in enumerate(LANGUAGES, start=1_236):
        tab.page.evaluate("(language) => (document.documentElement.lang = language)", language)
        server.count(people)
        expect_painted(tab, f"{people:,}")
        expect(feed.part("time").nth(1)).to_have_text("5 minutes ago")

    server.disconnect()
    expect(tab.part("status")).to_contain_text("Reconnecting… · counted ")
    assert tab.console_messages == []


def test_a_posix_locale_selects_its_language(player: Visitor) -> None:
    player.rewrite_page({'<html lang="en"': '<html lang="de_DE.UTF-8"'})
    tab, server, feed = open_played(player)

    expect_live(tab, server, feed, "1.235")
    expect(feed.part("time").nth(1)).to_have_text("vor 5 Minuten")


@pytest.mark.parametrize("words", WORDS)
def test_invalid_words_are_replaced_and_reported(player: Visitor, words: str) -> None:
    player.rewrite_page({"words='[^']*'": f"words='{words}'"})
    tab, server, feed = open_played(player)

    expect_live(tab, server, feed)
    feed.button.click()
    server.publish(item(7))
    expect(feed.part("waiting")).to_contain_text("1")
    server.disconnect()
    expect(tab.part("status")).to_contain_text("Reconnecting… · counted ")
    assert tab.console_messages
    assert all("words" in text for text in tab.console_messages)
    assert len(tab.console_messages) == len(set(tab.console_messages))


@pytest.mark.parametrize(
    "attributes",
    [
        {"kinds": '{"signup": null, "purchase": 5}', "snapshot": "[]", "limit": "five"},
        {"kinds": "[1]", "snapshot": "", "limit": "-1", "metric": "[part=x", "minimum": "NaN"},
        {"kinds": "", "limit": "", "update-interval": "1e99", "minimum": "-1"},
    ],
)
def test_invalid_attributes_leave_both_elements_live(
    player: Visitor, attributes: dict[str, str]
) -> None:
    player.rewrite_page(
        {
            rf"(<live-[^>]* {name})=('[^']*'|\"[^\"]*\")": rf"\1='{value}'"
            for name, value in attributes.items()
        }
    )
    tab, server, feed = open_played(player)

    expect_live(tab, server, feed)
    assert all(text.startswith("Live counter: ") for text in tab.console_messages)
    assert len(tab.console_messages) == len(set(tab.console_messages))


BREAKAGES = {
    "a part": "counter.querySelector = () => { throw new TypeError('broken'); }",
    "an attribute": "counter.toggleAttribute = () => { throw new TypeError('broken'); }",
    "the digits": """Object.defineProperty(counter.querySelector("[part=digits]"), "children", {
      get() { throw new TypeError('broken'); },
    })""",
}


@pytest.mark.parametrize("broken", BREAKAGES)
def test_a_broken_counter_keeps_its_number_and_stops_nothing_else(
    player: Visitor, broken: str
) -> None:
    player.rewrite_page({r"(?s)(<live-user-counter.*?</live-user-counter>)": r"\1\1"})
    tab, server, feed = open_played(player)
    expect_painted(tab, "1,234", "1,234")
    tab.counter.first.evaluate(f"(counter) => {{ {BREAKAGES[broken]} }}")

    server.count(1_235)
    server.publish(item(6))

    feed.expect_items(6, 5, 4, 3, 2)
    shown = "1,235" if broken == "the digits" else "1,234"
    expect_painted(tab, shown, "1,235")
    server.count(1_236)
    expect_painted(tab, "1,236" if broken == "the digits" else "1,234", "1,236")
    assert [text for text in tab.console_messages if "broken" in text] == tab.console_messages
    assert len(tab.console_messages) == 1


def test_a_broken_feed_leaves_the_counter_live(player: Visitor) -> None:
    tab, server, feed = open_played(player)
    feed.element.evaluate("(feed) => { feed.querySelectorAll = () => { throw new Error('x'); } }")

    server.publish(item(6))
    server.count(1_235)

    expect_painted(tab, "1,235")
    assert len(tab.console_messages) == 1


def test_content_of_the_page_is_visible_with_the_style_sheet(player: Visitor) -> None:
    tab, server, _ = open_played(player)
    tab.counter.evaluate(
        """(counter) => {
          counter.outerHTML =
            '<live-user-counter minimum="3"><b part="figure">–</b></live-user-counter>';
        }"""
    )

    expect_painted(tab, "1,234")
    server.count(2)
    expect_painted(tab, "You’re early")
    server.count(3)
    expect_painted(tab, "3")


def test_digits_are_hidden_from_screen_readers_in_any_content(player: Visitor) -> None:
    tab, _, _ = open_played(player)
    tab.page.evaluate(
        """() => {
          const counter = document.createElement("live-user-counter");
          document.querySelector("live-user-counter").replaceWith(counter);
        }"""
    )

    expect_painted(tab, "1,234")
    expect(tab.part("digits")).to_have_attribute("aria-hidden", "true")
    expect(tab.part("announcement")).to_have_attribute("role", "status")
    assert tab.console_messages == []
