"""The classic scripts in a browser, on a site whose tags load them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Route, WebSocket, expect

from tests.e2e.loading import DASHBOARD, ELEMENTS, LOAD
from tests.e2e.painted import expect_painted
from tests.e2e.played_feed import PlayedServer, five, item
from tests.e2e.played_places import PEOPLE, PlacesServer
from tests.e2e.test_content_policy import ALL as POLICIES
from tests.e2e.test_content_policy import DASHBOARD as DASHBOARD_PAGE
from tests.e2e.test_content_policy import RECORD_VIOLATIONS, violations
from tests.e2e.test_live_map import MAP
from tests.e2e.test_replaced_content import (
    ELEMENTS as REPLACED,
)
from tests.e2e.test_replaced_content import (
    LIBRARIES,
    LIBRARY_SWAPS,
    PAGE_SWAPS,
    SLOW_SWAPS,
    SWAPS,
    Replaced,
)
from tests.e2e.visitors import Arrive, NewVisitor, Tab, Visitor, wait_for_people
from tests.services.site import DaphneServer

SCRIPT = "/static/live_user_counter/live-user-counter.js"
PLACES = "/static/live_user_counter/js/elements/live-places.js"
TAG = re.compile(r"<script[^>]*></script>")
#: Loads a classic script again under each address, and waits until all have run.
LOAD_CLASSIC = LOAD.replace(', { type: "module" }', "")

Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def server(
    production: dict[str, str], staffed_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DaphneServer]:
    database = shutil.copy(staffed_database, tmp_path_factory.mktemp("classic") / "site.sqlite3")
    own = {
        **production,
        "DATABASE_URL": f"sqlite:///{database}",
        "DJANGO_SETTINGS_MODULE": "tests.e2e.classic_settings",
        "LANDING_LINGER_SECONDS": "0",
    }
    server = DaphneServer(own, application="tests.e2e.strict_policy:application")
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def visitor(new_visitor: NewVisitor, server: DaphneServer) -> Visitor:
    return new_visitor(server)


def record_sockets(visitor: Visitor) -> list[WebSocket]:
    """Return the list of the sockets that the pages of a visitor open from now on."""
    sockets: list[WebSocket] = []
    visitor.context.on(
        "page", lambda page: page.on("websocket", lambda socket: sockets.append(socket))
    )
    return sockets


def all_elements(head: str = "") -> str:
    """Return the address of a page with all elements, and with this content in its head."""
    return "/all/?" + urlencode({"head": head})


def test_a_page_loads_one_script_and_is_live(visitor: Visitor, arrive: Arrive) -> None:
    loaded: list[str] = []
    visitor.context.on("request", lambda request: loaded.append(request.url))
    tab = visitor.open()

    tab.expect_state("live")
    arrive(visitor.site)
    expect_painted(tab, "2")
    assert len(TAG.findall(tab.page.content())) == 1
    scripts = [url for url in loaded if url.endswith(".js")]
    assert len(scripts) == 1
    assert re.search(r"/live-user-counter\.[0-9a-f]{12}\.js$", scripts[0])
    assert tab.console_messages == []


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("path", ["/", "/all/"])
def test_the_page_is_live_under_a_strict_policy(
    new_visitor: NewVisitor, server: DaphneServer, policy: str, path: str
) -> None:
    visitor = new_visitor(server, bypass_csp=False)
    visitor.context.add_cookies([{"name": "policy", "value": quote(policy), "url": server.url}])
    visitor.context.add_init_script(RECORD_VIOLATIONS)
    tab = visitor.open(path)

    expect(tab.counter.first).to_have_attribute("state", "live")
    tab.expect_frame("connection-count")
    assert violations(tab) == []


@pytest.mark.parametrize(
    "head",
    [
        "",
        f'<script src="{SCRIPT}"></script>',
        f'<script async src="{SCRIPT}"></script>',
        f'<script defer src="{SCRIPT}"></script>' * 2,
        f'<script defer src="{SCRIPT}"></script><script defer src="{SCRIPT}?v=2"></script>',
        f'<script type="module" src="{ELEMENTS}"></script>',
        f'<script type="module" src="{PLACES}"></script><script src="{SCRIPT}"></script>',
    ],
    ids=["once", "blocking", "async", "twice", "two addresses", "module", "places first"],
)
def test_the_script_can_be_loaded_more_than_once(visitor: Visitor, head: str) -> None:
    played = PlacesServer(visitor, PEOPLE)
    tab = visitor.open(all_elements(head))

    for state in ("live-user-counter", "live-activity-feed", "live-places"):
        expect(tab.page.locator(f"{state}:defined").first).to_be_attached()
    expect(tab.counter.first).to_have_attribute("state", "live")
    expect(tab.page.locator("live-places li")).to_have_text(
        ["/ 40 people", "/pricing 12 people", "/blog/café a few people"]
    )
    assert tab.console_messages == []
    assert len(played.urls) == 1


def test_all_elements_share_one_connection(
    visitor: Visitor, arrive: Arrive, server: DaphneServer
) -> None:
    sockets = record_sockets(visitor)
    tab = visitor.open("/all/")
    expect(tab.counter.first).to_have_attribute("state", "live")
    tab.expect_frame("places")

    tab.page.evaluate(LOAD_CLASSIC, [SCRIPT, f"{SCRIPT}?v=2", f"{SCRIPT}#again"])
    tab.page.evaluate(LOAD, [ELEMENTS, PLACES])
    tab.page.evaluate("document.body.append(document.createElement('live-user-counter'))")

    other = arrive(server)
    wait_for_people(other, 2)
    expect(tab.part("figure").first).to_have_text("2")
    expect(tab.part("figure").last).to_have_text("2")
    assert (len(sockets), tab.console_messages) == (1, [])


def test_the_page_of_another_encoding_has_the_same_texts(visitor: Visitor) -> None:
    """A script without a charset has that of its page."""

    def fulfill(route: Route) -> None:
        answer = route.fetch()
        headers = {**answer.headers, "content-type": "text/javascript"}
        route.fulfill(response=answer, headers=headers)

    visitor.context.route(re.compile(r"/live-user-counter[.\w]*\.js"), fulfill)
    tab = visitor.open(all_elements(f'<script src="{SCRIPT}"></script>'))

    assert tab.page.evaluate("document.characterSet") == "windows-1252"
    expect(tab.page.locator("#own [part=words]")).to_have_text("You’re early")


def test_the_texts_of_the_page_are_in_its_language(
    new_visitor: NewVisitor, server: DaphneServer
) -> None:
    visitor = new_visitor(server, locale="de")
    played = PlayedServer(visitor, *five(), people=1_234)
    tab = visitor.open()
    expect_painted(tab, "1.234")

    played.publish(item(6, minutes_ago=2))
    expect(tab.page.locator("live-activity-feed time").first).to_have_text("vor 2 Minuten")
    played.disconnect()
    expect(tab.part("status")).to_contain_text("Wird neu verbunden")


@pytest.mark.parametrize("library", LIBRARIES)
def test_libraries_replace_elements_and_the_page(
    new_visitor: NewVisitor, server: DaphneServer, library: str
) -> None:
    """Turbo and htmx run a classic script again each time they insert it."""
    replaced = Replaced(new_visitor(server), library)
    swaps = [(script, REPLACED) for (name, _), script in LIBRARY_SWAPS.items() if name == library]
    swaps += [(script, ("main",)) for (name, _), script in PAGE_SWAPS.items() if name == library]
    assert swaps
    for script, selectors in swaps:
        for selector in selectors:
            assert replaced.swap(script, selector) == [replaced.figure]
        replaced.expect_unchanged()


def test_content_that_scripts_replace_is_drawn_at_once(
    new_visitor: NewVisitor, server: DaphneServer
) -> None:
    replaced = Replaced(new_visitor(server))
    for swap in [*SLOW_SWAPS.values(), *SWAPS.values()]:
        for selector in REPLACED:
            assert replaced.swap(swap, selector) != [""], swap
        replaced.expect_unchanged()


def test_the_dashboard_and_the_script_share_one_connection(
    visitor: Visitor, arrive: Arrive, staff_session: str, server: DaphneServer
) -> None:
    visitor.context.add_cookies([{"name": "sessionid", "value": staff_session, "url": server.url}])
    sockets = record_sockets(visitor)
    tab = visitor.open(DASHBOARD_PAGE)
    expect(tab.page.locator("[data-label]")).to_contain_text("live")

    tab.page.evaluate(LOAD_CLASSIC, [SCRIPT])
    tab.page.evaluate("document.body.append(document.createElement('live-user-counter'))")
    tab.page.evaluate(LOAD, [DASHBOARD])

    wait_for_people(arrive(server), 2)
    expect(tab.part("figure")).to_have_text("2")
    expect(tab.page.locator("[data-number=people]").first).to_have_text("2")
    assert (len(sockets), tab.console_messages) == (1, [])


@pytest.mark.parametrize(
    ("path", "script", "number"),
    [(DASHBOARD_PAGE, "dashboard", "data-number"), (MAP, "live-map", "data-total")],
)
def test_a_page_of_the_admin_loads_one_script_and_is_live(
    visitor: Visitor, arrive: Arrive, staff_session: str, path: str, script: str, number: str
) -> None:
    url = visitor.site.url
    visitor.context.add_cookies([{"name": "sessionid", "value": staff_session, "url": url}])
    loaded: list[str] = []
    visitor.context.on("request", lambda request: loaded.append(request.url))
    tab = visitor.open(path)
    expect(tab.page.locator("[data-label]")).to_contain_text("live")

    arrive(visitor.site)
    arrive(visitor.site)

    expect(tab.page.locator(f"[{number}=people]").first).to_have_text("3")
    own = [name for name in loaded if "/static/live_user_counter/" in name and ".js" in name]
    assert len(own) == 1
    assert re.search(rf"/{script}\.[0-9a-f]{{12}}\.js$", own[0])
    assert tab.console_messages == []
