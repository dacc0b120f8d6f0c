from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from landing.activity import recent
from landing.activity.kinds import KINDS
from landing.live.feed import Item
from landing.page import formatting
from tests.page.markup import Element, Page


@pytest.fixture(autouse=True)
def set_items(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return ``set_items(item, …)``, which fills the feed, newest first; it starts empty."""

    def set_items(*items: Item) -> None:
        monkeypatch.setattr(recent, "recent_items", lambda limit: items[:limit])

    set_items()
    return set_items


def an_item(number: int = 7, ago: timedelta = timedelta(minutes=2), **fields: Any) -> Item:
    moment_ms = int((timezone.now() - ago).timestamp() * 1000)
    return Item(number, "signup", "joined", "Ana", moment_ms)._replace(**fields)


def render_feed(tag: str = "live_activity_feed") -> tuple[Page, Page]:
    """Return the rendered feed, and the empty row that the script clones."""
    html = Template("{% load live_user_counter %}{% " + tag + " %}").render(Context())
    before, _, rest = html.partition("<template>")
    blank, _, after = rest.partition("</template>")
    return Page(before + after), Page(blank)


def image(page: Page) -> Element:
    """Return the one picture that has an accessible name."""
    (found,) = (each for each in page.all("svg") if each.attributes.get("role") == "img")
    return found


def test_an_empty_feed_shows_a_note() -> None:
    page, _ = render_feed("live_activity_feed limit=3")

    assert page.one("live-activity-feed").attributes["limit"] == "3"
    assert page.one("ol").text == ""
    assert page.part("empty").text.startswith("No activity yet.")
    assert "hidden" not in page.part("empty").attributes


def test_a_feed_renders_its_first_items(set_items: Callable[..., None]) -> None:
    set_items(an_item(skipped=1234, timestamp_ms=1_769_860_800_123))
    page, _ = render_feed()

    # Safari takes the role from a list without markers.
    assert page.one("ol").attributes["role"] == "list"
    row = page.one("li")
    assert row.attributes == {"part": "item", "data-luc-id": "7"}
    assert image(page).attributes["aria-label"] == "Sign-up"
    assert page.part("actor").tag == page.part("text").tag == "bdi"
    assert (page.part("actor").text, page.part("text").text) == ("Ana", "joined")
    assert page.one("time").attributes["datetime"] == "2026-01-31T12:00:00.123Z"
    assert page.part("skipped").text == "and 1,234 more"
    assert "hidden" in page.part("empty").attributes


def test_a_feed_shows_at_most_its_limit(set_items: Callable[..., None]) -> None:
    set_items(*(an_item(number) for number in range(9, 0, -1)))
    page, _ = render_feed("live_activity_feed limit=3")

    assert [row.attributes["data-luc-id"] for row in page.all("li")] == ["9", "8", "7"]


def test_user_content_is_escaped(set_items: Callable[..., None]) -> None:
    nasty = '</bdi></li><img src=x onerror="alert(1)"> & <script>{{ limit }}{% now %}'
    set_items(an_item(kind='"><i>', actor=nasty, text=nasty))
    page, _ = render_feed()

    assert page.part("actor").text == nasty
    assert page.part("text").text == nasty
    assert not list(page.all("img")) + list(page.all("i"))
    assert len(list(page.all("script"))) == 1


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(seconds=-30), "now"),
        (timedelta(seconds=9), "now"),
        (timedelta(seconds=38), "30 seconds ago"),
        (timedelta(minutes=2, seconds=50), "2 minutes ago"),
        (timedelta(hours=5, minutes=50), "5 hours ago"),
        (timedelta(days=3, hours=5), "3 days ago"),
    ],
)
def test_ages_are_rounded_as_in_the_script(
    set_items: Callable[..., None], ago: timedelta, text: str
) -> None:
    set_items(an_item(ago=ago))
    page, _ = render_feed()

    assert page.one("time").text == text


def test_an_unregistered_kind_has_the_default_icon(set_items: Callable[..., None]) -> None:
    set_items(an_item(kind="yard-sale"))
    page, blank = render_feed()

    assert image(page).attributes["aria-label"] == "Activity"
    icon = blank.one("path").attributes["d"]
    assert icon in [each.attributes["d"] for each in page.all("path")]


def test_the_template_row_has_the_shape_of_a_row_and_no_text(
    set_items: Callable[..., None],
) -> None:
    set_items(an_item())
    page, blank = render_feed()

    def shape(elements: list[Element]) -> list[tuple[str, list[str]]]:
        return [(each.tag, sorted(each.attributes)) for each in elements]

    start = page.elements.index(page.one("li"))
    assert shape(page.elements[start:][: len(blank.elements)]) == shape(blank.elements)
    assert blank.one("li").text == "Show all", "the hidden button of a long text"


def test_the_script_gets_all_kinds_and_texts() -> None:
    page, _ = render_feed()
    attributes = page.one("live-activity-feed").attributes
    sent = json.loads(attributes["kinds"])

    assert set(sent) == set(KINDS)
    assert sent["purchase"] == {
        "name": "Purchase",
        "icon": KINDS["purchase"].icon,
    }
    words = json.loads(attributes["words"])
    assert words.pop("none") == page.part("note").text
    assert words.pop("down").startswith("Not connected.")
    assert words == {
        "off": "Not connected",
        "pause": "Pause activity",
        "resume": "Resume activity",
        "all": "Show all",
        "less": "Show less",
        "new": {"other": "{count} new"},
        "more": {"other": "and {count} more"},
    }


def test_the_buttons_are_hidden_without_scripts(set_items: Callable[..., None]) -> None:
    set_items(an_item())
    page, _ = render_feed()

    pause, expand = page.all("button")
    assert "hidden" in pause.attributes
    assert "hidden" in expand.attributes
    assert expand.attributes["aria-expanded"] == "false"


def test_user_content_cannot_end_a_json_attribute() -> None:
    nasty = """'"<img src=x>&quot;&#39;\\"""
    html = f"<p words='{formatting.json_attribute({'one': nasty})}'></p>"

    page = Page(html)
    assert [each.tag for each in page.elements] == ["p"]
    assert json.loads(page.one("p").attributes["words"]) == {"one": nasty}


def test_a_feed_uses_the_language_of_the_page(set_items: Callable[..., None]) -> None:
    set_items(an_item(ago=timedelta(minutes=5, seconds=2), skipped=1234))
    with translation.override("de"):
        page, _ = render_feed()

    assert page.one("time").text == "vor 5 Minuten"
    assert "1.234" in page.part("skipped").text
