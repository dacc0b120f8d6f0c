"""The places of people in a real browser: the list, the counter of one page, and moving."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.played_places import PEOPLE, Places, PlacesServer, markup
from tests.e2e.visitors import SCREENS, NewVisitor, Tab, Visitor

FIRST = ("/ 40 people", "/pricing 12 people", "/blog/café a few people")
#: Longer than the order is held.
ORDER = "00:06"


def open_places(visitor: Visitor, limit: int = 5) -> tuple[Places, PlacesServer]:
    """Open a page with the list, and play its server."""
    server = PlacesServer(visitor, PEOPLE)
    visitor.rewrite_page({"</main>": f"{markup(PEOPLE, limit)}</main>"})
    places = Places(visitor.open())
    places.expect_rows(*FIRST[:limit])
    return places, server


def test_the_list_shows_the_newest_numbers(player: Visitor) -> None:
    places, server = open_places(player)

    server.send({"/": 41, "/pricing": 1, "/about": 1_234})
    places.expect_rows("/ 41 people", "/pricing 1 person", "/about 1,234 people")


def test_a_list_without_scripts_has_the_rows_of_the_server(new_visitor: NewVisitor) -> None:
    visitor = new_visitor(java_script_enabled=False)
    visitor.rewrite_page({"</main>": f"{markup(PEOPLE)}</main>"})

    Places(visitor.open()).expect_rows(*FIRST)


def test_the_list_shows_at_most_its_limit(player: Visitor) -> None:
    places, server = open_places(player, limit=2)

    server.send({"/": 41, "/pricing": 30, "/about": 20})

    places.expect_rows("/ 41 people", "/pricing 30 people")


def test_an_empty_list_has_a_note(player: Visitor) -> None:
    places, server = open_places(player)
    expect(places.note).to_be_hidden()

    server.send({})

    expect(places.note).to_have_text("No page has visitors right now")
    places.expect_rows()


def test_a_name_of_a_place_is_text_and_only_a_path_is_a_link(player: Visitor) -> None:
    places, server = open_places(player)

    server.send({"<b>article</b>:42": 5, "/100 %?": 4, "/\\example.org": 3})

    places.expect_rows("<b>article</b>:42 5 people", "/100 %? 4 people", "/\\example.org 3 people")
    links = places.element.locator("a")
    expect(links).to_have_count(2)
    assert [link.get_attribute("href") for link in links.all()] == [
        "/100%20%25%3F",
        "/%5Cexample.org",
    ]


def test_rows_move_to_their_new_order(new_visitor: NewVisitor) -> None:
    places, server = open_places(new_visitor())
    places.tab.page.evaluate(
        """() => {
          window.moved = [];
          const { animate } = Element.prototype;
          Element.prototype.animate = function (frames, options) {
            window.moved.push([this.textContent.trim().split(" ")[0], Object.keys(frames)[0]]);
            return animate.call(this, frames, options);
          };
        }"""
    )

    server.send({"/pricing": 50, "/": 40, "/new": 30})

    places.expect_rows("/pricing 50 people", "/ 40 people", "/new 30 people")
    assert places.tab.page.evaluate("window.moved") == [
        ["/pricing", "transform"],
        ["/", "transform"],
        ["/new", "opacity"],
    ]


@pytest.mark.parametrize("still", ["the system", "the visitor"])
def test_rows_jump_if_motion_is_not_wanted(new_visitor: NewVisitor, still: str) -> None:
    visitor = new_visitor(reduced_motion="reduce" if still == "the system" else "no-preference")
    places, server = open_places(visitor)
    if still == "the visitor":
        places.tab.page.get_by_role("button", name="Pause animation").click()

    server.send({"/pricing": 50, "/": 40})

    places.expect_rows("/pricing 50 people", "/ 40 people")
    moving = "document.querySelector('live-places').getAnimations({ subtree: true }).length"
    assert places.tab.page.evaluate(moving) == 0


def test_the_order_rests_after_each_change(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    visitor.context.clock.install()
    places, server = open_places(visitor)
    places.tab.stop_clock()
    server.send({"/pricing": 50, "/": 40})
    places.expect_rows("/pricing 50 people", "/ 40 people")

    server.send({"/": 60, "/pricing": 50})
    places.expect_rows("/pricing 50 people", "/ 60 people")
    visitor.context.clock.run_for(ORDER)

    places.expect_rows("/ 60 people", "/pricing 50 people")


def test_rows_stay_while_the_pointer_is_in_the_list(player: Visitor) -> None:
    places, server = open_places(player)
    places.rows.first.hover()

    server.send({"/pricing": 50, "/": 41, "/new": 7})
    held = ("/ 41 people", "/pricing 50 people", "/blog/café a few people")
    places.expect_rows(*held, "/new 7 people")
    places.tab.page.mouse.move(0, 0)

    places.expect_rows("/pricing 50 people", "/ 41 people", "/new 7 people")


def test_a_focused_link_keeps_the_focus_and_its_place(player: Visitor) -> None:
    places, server = open_places(player)
    places.element.locator("a").first.focus()
    places.tab.page.keyboard.press("Tab")
    focused = places.element.locator("a:focus")
    expect(focused).to_have_text("/pricing")

    server.send({"/pricing": 50, "/": 41})

    places.expect_rows("/ 41 people", "/pricing 50 people", "/blog/café a few people")
    expect(focused).to_have_text("/pricing")


def test_a_lost_connection_is_shown_until_it_is_back(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    visitor.context.clock.install()
    places, server = open_places(visitor)

    server.disconnect()
    visitor.context.clock.run_for("00:03")
    expect(places.note).to_have_text("Not connected")
    places.expect_rows(*FIRST)

    server.is_up = True
    visitor.context.clock.run_for("01:00")
    expect(places.note).to_be_hidden()


def test_a_list_that_a_script_replaces_shows_the_newest_numbers_again(player: Visitor) -> None:
    places, server = open_places(player)
    server.send({"/": 41, "/pricing": 12})
    places.expect_rows("/ 41 people", "/pricing 12 people")

    for change in ("innerHTML = ''", "innerHTML = '<ol></ol>'", "replaceWith(element.cloneNode())"):
        places.tab.page.evaluate(
            f"() => {{ const element = document.querySelector('live-places'); element.{change}; }}"
        )
        places.expect_rows("/ 41 people", "/pricing 12 people")


def test_a_list_that_leaves_the_page_ends_its_subscription(player: Visitor) -> None:
    places, server = open_places(player)

    places.element.evaluate("(element) => element.remove()")
    places.tab.page.evaluate("document.querySelector('main').append(document.createElement('p'))")

    for _ in range(100):
        if server.of_type("unsubscribe-places"):
            return
        places.tab.page.wait_for_timeout(50)
    raise AssertionError(server.received)


@pytest.mark.parametrize(
    ("width", "height", "scheme"), [*SCREENS, (360, 740, "light"), (1440, 900, "dark")]
)
def test_the_list_is_accessible_and_fits(
    new_visitor: NewVisitor, width: int, height: int, scheme: str
) -> None:
    visitor = new_visitor(viewport={"width": width, "height": height}, color_scheme=scheme)
    places, server = open_places(visitor)
    server.send({"/": 1_040, "/pricing": 12, f"/{'long-name-' * 18}": 5, "article:42": None})
    expect(places.rows).to_have_count(4)

    places.tab.save_screenshot(f"places-{width}-{scheme}", places.element)
    assert places.tab.accessibility_violations() == []
    assert places.tab.page.evaluate("document.documentElement.scrollWidth") <= width


#: For ``rewrite_page``: a page with the number of its own people.
HERE = {
    'metric="online"': 'metric="here"',
    '(<span part="label">)[^<]*': r"\1People on this page",
    '(<span part="second-label">)[^<]*': r"\1on the whole site",
}
SHOW_HERE = "document.querySelector('live-user-counter').setAttribute('metric', 'here')"
#: As a script of the page does when it shows a page without a place.
GO_ELSEWHERE = """() => {
  for (const element of document.querySelectorAll("[data-luc-place]")) {
    element.dataset.lucPlace = "";
  }
}"""


def wait_for_places(tab: Tab, server: PlacesServer, *paths: str) -> None:
    """Wait until the server has received exactly these places."""
    for _ in range(100):
        if len(server.of_type("at")) >= len(paths):
            break
        tab.page.wait_for_timeout(50)
    assert [each["path"] for each in server.of_type("at")] == list(paths)


def open_here(visitor: Visitor) -> tuple[Tab, PlacesServer]:
    """Open a page with the number of its own people, and play its server."""
    server = PlacesServer(visitor, PEOPLE)
    visitor.rewrite_page(HERE)
    return visitor.open(), server


def test_the_counter_of_a_page_shows_its_people_and_those_of_the_site(player: Visitor) -> None:
    tab, server = open_here(player)
    expect(tab.part("second")).to_have_text("61")
    assert "topics=online,activity,here" in server.urls[0]

    server.send_here(12)
    expect(tab.part("figure")).to_have_text("12")
    expect(tab.part("digits")).to_be_visible()

    server.send_here(None)
    expect(tab.part("words")).to_be_visible()
    expect(tab.part("figure")).to_be_hidden()


@pytest.mark.parametrize(
    ("width", "height", "scheme"), [*SCREENS, (360, 740, "light"), (1440, 900, "dark")]
)
def test_the_counter_of_a_page_is_accessible_and_fits(
    new_visitor: NewVisitor, width: int, height: int, scheme: str
) -> None:
    visitor = new_visitor(viewport={"width": width, "height": height}, color_scheme=scheme)
    tab, server = open_here(visitor)
    expect(tab.part("second")).to_have_text("61")
    server.send_here(1_234)
    expect(tab.part("figure")).to_have_text("1,234")

    tab.save_screenshot(f"here-{width}-{scheme}", tab.counter)
    assert tab.accessibility_violations() == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_metric_that_a_script_changes_has_its_own_labels(player: Visitor) -> None:
    PlacesServer(player, PEOPLE)
    player.rewrite_page({"</main>": "</main><!-- -->"})
    tab = player.open()
    window = tab.part("second-label").inner_text()

    tab.page.evaluate(SHOW_HERE)
    expect(tab.part("label")).to_have_text("People on this page")
    expect(tab.part("second-label")).to_have_text("on the whole site")

    tab.page.evaluate("document.querySelector('live-user-counter').removeAttribute('metric')")
    expect(tab.part("label")).to_have_text("Active Users Right Now")
    expect(tab.part("second-label")).to_have_text(window)


def test_new_content_with_another_place_moves_the_person(player: Visitor) -> None:
    tab, server = open_here(player)
    expect(tab.part("second")).to_have_text("61")

    tab.page.evaluate(
        """() => {
          const fresh = document.createElement("div");
          fresh.innerHTML = `<live-activity-feed words="{}" data-luc-place="/caf%C3%A9:signed">
            <ol></ol>
            </live-activity-feed>`;
          document.querySelector("live-activity-feed").replaceWith(fresh);
        }"""
    )
    wait_for_places(tab, server, "/café:signed")

    tab.page.evaluate(GO_ELSEWHERE)
    wait_for_places(tab, server, "/café:signed", "")


def test_the_route_of_a_single_page_application_is_the_place(player: Visitor) -> None:
    server = PlacesServer(player, PEOPLE)
    player.rewrite_page({"<live-activity-feed": "<live-activity-feed unsigned-places"})
    tab = player.open()
    expect(tab.part("figure")).to_have_text("61")

    tab.page.evaluate("history.pushState(null, '', '/tickets/1?tab=2#top')")
    wait_for_places(tab, server, "/tickets/1")
    tab.page.evaluate("history.pushState(null, '', '/tickets/1?tab=3')")
    tab.page.evaluate("history.pushState(null, '', '/tickets/2')")
    tab.page.evaluate("history.pushState(null, '', '/tickets/3')")
    wait_for_places(tab, server, "/tickets/1", "/tickets/3")


def test_people_who_move_leave_the_number_of_the_page(new_visitor: NewVisitor) -> None:
    visitor, *others = (new_visitor() for _ in range(4))
    tab = visitor.open()
    second, third, _ = (other.open() for other in others)
    tab.page.evaluate(SHOW_HERE)
    tab.expect_people(4)

    second.page.evaluate(GO_ELSEWHERE)
    tab.expect_people(3)
    third.page.evaluate(GO_ELSEWHERE)
    expect(tab.part("words")).to_be_visible()


def test_a_person_with_two_tabs_is_on_the_one_in_front(new_visitor: NewVisitor) -> None:
    visitor, reader, *others = (new_visitor() for _ in range(4))
    first = visitor.open()
    for other in others:
        other.open()
    tab = reader.open()
    tab.page.evaluate(SHOW_HERE)
    tab.expect_people(4)

    second = visitor.open()
    second.page.evaluate(GO_ELSEWHERE)
    tab.expect_people(3)
    first.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    tab.expect_people(4)
