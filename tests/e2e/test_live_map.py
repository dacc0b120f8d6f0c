"""The live map in a real browser: it adds up, moves, and can be read by everybody."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.visitors import NewVisitor, Tab
from tests.services.raw_websocket import PATH, RawWebSocket
from tests.services.site import DaphneServer

MAP = "/admin/landing/analytics/live/"
#: More than one line of a phone.
LONG = "/app/a-very-long-path-of-one-article/that-does-not-fit-on-any-phone-in-one-line"
CROWD = {"/app/": 5, "/app/pricing": 3, "/shop/shoes": 2, LONG: 1}
HOSTILE = "/app/<img src=x onerror=alert(1)>"

OpenMap = Callable[..., Tab]


class Crowd:
    """People on pages of the site."""

    def __init__(self, site: DaphneServer, stack: ExitStack) -> None:
        self._site = site
        self._stack = stack

    def come(self, place: str, people: int = 1) -> list[RawWebSocket]:
        """Let people arrive at a place."""
        path = f"{PATH}?topics=&place={quote(place, safe='')}"
        return [
            self._stack.enter_context(RawWebSocket(self._site.port, path=path))
            for _ in range(people)
        ]


@pytest.fixture(scope="module")
def map_site(
    production: dict[str, str], staffed_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DaphneServer]:
    database = shutil.copy(staffed_database, tmp_path_factory.mktemp("map") / "site.sqlite3")
    server = DaphneServer(
        {
            **production,
            "DATABASE_URL": f"sqlite:///{database}",
            "LANDING_UNSIGNED_PLACES": "/app/,/shop/",
            "LANDING_LINGER_SECONDS": "0",
        }
    )
    server.start()
    yield server
    server.close()


@pytest.fixture
def crowd(map_site: DaphneServer) -> Iterator[Crowd]:
    with ExitStack() as stack:
        yield Crowd(map_site, stack)


@pytest.fixture
def open_map(new_visitor: NewVisitor, map_site: DaphneServer, staff_session: str) -> OpenMap:
    """``open_map(query, **options)`` opens the map as a signed-in staff member."""

    def open_signed_in(query: str = "", **options: Any) -> Tab:
        visitor = new_visitor(map_site, **options)
        cookie = {"name": "sessionid", "value": staff_session, "url": map_site.url}
        visitor.context.add_cookies([cookie])  # type: ignore[list-item]
        tab = visitor.open(MAP + query)
        if options.get("java_script_enabled", True):
            expect(tab.page.locator("[data-label]")).to_have_text("live")
        return tab

    return open_signed_in


def people_at(tab: Tab, name: str, kind: str = "places") -> Locator:
    return tab.page.locator(
        f"table[data-rows={kind}] tr[data-name={json.dumps(name)}] [data-people]"
    )


def names(tab: Tab, kind: str = "places") -> list[str]:
    return tab.page.locator(f"table[data-rows={kind}] tbody th a").all_text_contents()


def numbers(tab: Tab, kind: str) -> list[int]:
    """Return the shown people of each row, of the others, elsewhere, and of all."""
    rows = tab.page.locator(f"table[data-rows={kind}] :is([data-people], [data-sum])")
    return [int(text) for text in rows.all_text_contents()]


def expect_total(tab: Tab, people: int) -> None:
    expect(tab.page.locator("[data-total=people]")).to_have_text(str(people))


def test_places_and_areas_add_up_to_the_total(open_map: OpenMap, crowd: Crowd) -> None:
    tab = open_map(bypass_csp=False)
    for place, people in CROWD.items():
        crowd.come(place, people)
    crowd.come("")
    expect_total(tab, 13)  # the watcher, too

    expect(people_at(tab, "/app")).to_have_text("5")
    expect(people_at(tab, "/app", "areas")).to_have_text("9")
    assert numbers(tab, "places") == [5, 3, 2, 1, 0, 2, 13]
    assert numbers(tab, "areas") == [9, 2, 0, 2, 13]
    assert tab.console_messages == []
    for frame in tab.frames:
        if frame["type"] == "map":
            listed = sum(each["people"] for each in frame["places"])
            assert listed + frame["other"] + frame["elsewhere"] == frame["people"]


def test_the_page_has_the_numbers_without_scripts(open_map: OpenMap, crowd: Crowd) -> None:
    crowd.come("/app/pricing", 2)
    watcher = open_map()
    expect(people_at(watcher, "/app/pricing")).to_have_text("2")

    tab = open_map(java_script_enabled=False)

    assert numbers(tab, "places")[0] == 2
    *parts, total = numbers(tab, "places")
    assert sum(parts) == total
    expect(tab.page.get_by_role("link", name="/app/pricing")).to_have_attribute(
        "href", "/app/pricing"
    )


def test_rows_keep_their_order_for_some_seconds(open_map: OpenMap, crowd: Crowd) -> None:
    crowd.come("/app/first", 2)
    crowd.come("/app/second")
    tab = open_map()
    expect(people_at(tab, "/app/second")).to_have_text("1")
    expect(tab.page.locator("table[data-rows=places] tbody tr")).to_have_count(2)
    tab.page.evaluate(
        """() => {
          window.orders = [];
          const body = document.querySelector("table[data-rows=places] tbody");
          new MutationObserver(() => window.orders.push([
            [...body.rows].map((row) => row.dataset.name), performance.now(),
            body.querySelector("[data-name='/app/second'] [data-people]").textContent,
          ])).observe(body, { childList: true, subtree: true, characterData: true });
        }"""
    )

    crowd.come("/app/second", 4)
    expect(people_at(tab, "/app/second")).to_have_text("5")
    tab.page.wait_for_function(
        "window.orders.some(([order]) => order[0] === '/app/second')", timeout=60_000
    )

    assert names(tab) == ["/app/second", "/app/first"]


def test_a_hostile_name_is_shown_as_text(open_map: OpenMap, crowd: Crowd) -> None:
    crowd.come(HOSTILE, 2)
    tab = open_map(bypass_csp=False)
    expect(people_at(tab, HOSTILE)).to_have_text("2")
    later = HOSTILE + "'\"&amp;"
    crowd.come(later)
    expect(tab.page.get_by_text(later, exact=True)).to_be_visible()

    assert tab.page.locator(".live-map img").count() == 0
    link = tab.page.get_by_role("link", name=HOSTILE, exact=True)
    expect(link).to_have_attribute("href", "/app/%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    assert tab.console_messages == []


def test_visitors_and_signed_out_staff_see_no_map(
    open_map: OpenMap, new_visitor: NewVisitor, map_site: DaphneServer
) -> None:
    stranger = new_visitor(map_site).open(MAP)
    assert "/admin/login/" in stranger.page.url
    tab = open_map()
    tab.page.context.clear_cookies()

    tab.page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    tab.page.evaluate("window.dispatchEvent(new Event('pageshow'))")

    expect(tab.page.locator("[data-label]")).to_contain_text("You don’t have access")
    expect(tab.page.locator("[data-total=people]")).to_have_text("–")
    assert names(tab) == []


def test_a_lost_connection_is_shown_and_comes_back(open_map: OpenMap, crowd: Crowd) -> None:
    crowd.come("/app/pricing", 2)
    tab = open_map()
    expect(people_at(tab, "/app/pricing")).to_have_text("2")
    tab.page.context.set_offline(True)
    tab.page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    expect(tab.page.locator("[data-label]")).not_to_have_text("live")
    expect(people_at(tab, "/app/pricing")).to_have_text("2")

    tab.page.context.set_offline(False)
    tab.page.evaluate("window.dispatchEvent(new Event('pageshow'))")

    expect(tab.page.locator("[data-label]")).to_have_text("live")


@pytest.mark.parametrize("query", ["", "?view=wall"])
@pytest.mark.parametrize(("width", "height"), [(360, 740), (1440, 900)])
def test_the_map_fits_and_is_accessible(
    open_map: OpenMap, crowd: Crowd, width: int, height: int, query: str
) -> None:
    for place, people in CROWD.items():
        crowd.come(place, people)
    tab = open_map(query, viewport={"width": width, "height": height})
    expect(people_at(tab, "/app")).to_have_text("5")
    view = "wall" if query else "page"
    for scheme in ("light", "dark"):
        tab.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        tab.save_screenshot(f"live-map-{view}-{width}-{scheme}")
        # Django's own navigation has problems of its own.
        assert [each for each in tab.accessibility_violations() if "live-map" in each] == []

    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    if query:
        expect(tab.page.locator("#header")).to_have_count(0)
        expect(tab.page.locator("#nav-sidebar")).to_have_count(0)


def test_the_dashboard_links_to_the_map(open_map: OpenMap) -> None:
    tab = open_map()
    tab.page.goto(tab.page.url.replace("/live/", "/dashboard/"))

    tab.page.get_by_role("link", name="Live map").first.click()

    expect(tab.page.locator("h1")).to_have_text("Live map")


def test_the_steps_of_people_are_shown(open_map: OpenMap, crowd: Crowd) -> None:
    # Other tests on this server may have moved people to other places within the last minute.
    tab = open_map()
    people = crowd.come("/app/cart", 3)
    expect(people_at(tab, "/app/cart")).to_have_text("3")
    for person in people[:2]:
        person.send_text(json.dumps({"type": "at", "path": "/app/paid"}))

    expect(people_at(tab, "/app/paid")).to_have_text("2")

    step = tab.page.locator("table[data-rows=steps] tbody tr")
    expect(step.filter(has_text="/app/cart")).to_contain_text("2")
    row = tab.page.locator("table[data-rows=places] tr[data-name='/app/paid']")
    expect(row.locator("[data-arrivals]")).to_have_text("+2")
    expect(row.locator("[data-departures]")).to_have_text("0")
    expect(tab.page.locator("[data-total=arrivals]")).not_to_have_text("–")
    tab.save_screenshot("live-map-steps")
