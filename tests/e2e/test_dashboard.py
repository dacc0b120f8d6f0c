"""The admin's dashboard in a real browser: the same numbers as everywhere, live, for everybody."""

from __future__ import annotations

import json
import shutil
import sqlite3
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, ViewportSize, WebSocket, expect

from landing.dates import utc_now
from landing.models import CountSample
from landing.tables.shared_links import SharedLink
from tests.e2e.loading import DASHBOARD as SCRIPT
from tests.e2e.loading import ELEMENTS, load_again
from tests.e2e.visitors import SCREENS, VIEWPORT, Arrive, NewVisitor, Tab
from tests.services import staff
from tests.services.site import DaphneServer

DASHBOARD = "/admin/landing/analytics/dashboard/"
#: Of a person. Analytics ignores the user agent of headless Chromium.
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
RENEWED_WITHIN_MS = 15_000
#: A day without a part in the future.
YESTERDAY = "?range=yesterday"
#: One day of the demo may have too few referrers to fill a list.
WEEK = "?range=7-days"
HISTORY_EVERY_MS = 60_000

OpenDashboard = Callable[..., Tab]


@pytest.fixture(scope="module")
def demo_site(
    production: dict[str, str], staffed_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DaphneServer]:
    """Start a server with 30 days of demo data, the same in each run."""
    database = shutil.copy(staffed_database, tmp_path_factory.mktemp("demo") / "site.sqlite3")
    server = DaphneServer({**production, "DATABASE_URL": f"sqlite:///{database}"})
    server.manage("seed_analytics", "--days=30", "--visitors=300", "--seed=1", "--force")
    server.start()
    yield server
    server.close()


@pytest.fixture
def own_site(
    daphne: Callable[..., DaphneServer], staffed_database: Path, tmp_path: Path
) -> DaphneServer:
    """Start a server without visits for one test."""
    database = shutil.copy(staffed_database, tmp_path / "staffed.sqlite3")
    return daphne(DATABASE_URL=f"sqlite:///{database}")


@pytest.fixture
def open_dashboard(new_visitor: NewVisitor, staff_session: str) -> OpenDashboard:
    """``open_dashboard(server)`` opens the dashboard as a signed-in staff member.

    Takes the arguments of ``new_visitor``, and the query string.
    """

    def open_signed_in(*server: DaphneServer, query: str = "", **options: Any) -> Tab:
        visitor = new_visitor(*server, **options)
        cookie = {"name": "sessionid", "value": staff_session, "url": visitor.site.url}
        visitor.context.add_cookies([cookie])  # type: ignore[list-item]
        tab = visitor.open(DASHBOARD + query)
        expect(tab.page.locator("[data-label]")).to_contain_text("s ago")
        return tab

    return open_signed_in


def number(tab: Tab, name: str) -> Locator:
    return tab.page.locator(f"[data-number={name}]")


def tile(tab: Tab, name: str) -> Locator:
    return tab.page.locator(f"[data-tile={name}] .value > span").first


def fetch_stats(site: DaphneServer) -> dict[str, Any]:
    with urllib.request.urlopen(site.url + "/api/landing/stats/") as answer:
        stats: dict[str, Any] = json.load(answer)
    return stats


def test_page_api_socket_and_dashboard_show_the_same_numbers(
    new_visitor: NewVisitor, open_dashboard: OpenDashboard, own_site: DaphneServer
) -> None:
    dashboard = open_dashboard(own_site)
    tab = new_visitor(own_site, user_agent=PERSON).open()
    new_visitor(own_site, user_agent=PERSON).open()
    tab.expect_people(3)
    expect(number(dashboard, "people")).to_have_text("3")
    counted = tab.part("second")
    expect(counted).to_have_text("3")
    expect(tile(dashboard, "page_views")).to_have_text("2", timeout=RENEWED_WITHIN_MS)

    stats = fetch_stats(own_site)

    online = stats["online"]
    frame = tab.latest_count
    assert frame["count"] == online["connections"] == 3
    expect(number(dashboard, "count")).to_have_text(str(online["connections"]))
    for name in ("people", "signed_in", "anonymous"):
        assert frame[name] == online[name]
        expect(number(dashboard, name)).to_have_text(str(online[name]))
    expect(tab.part("figure")).to_have_text(str(online["people"]))
    assert frame["active"] == stats["active_users_now"]
    expect(number(dashboard, "active")).to_have_text(str(stats["active_users_now"]))
    expect(counted).to_have_text(str(stats["active_users_now"]))
    for name in ("visitors", "page_views"):
        expect(tile(dashboard, name)).to_have_text(str(stats["today"][name]))


def test_the_dashboard_updates_without_a_reload(
    arrive: Arrive, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard()
    expect(number(dashboard, "people")).to_have_text("1")
    dashboard.page.evaluate("window.neverReloaded = true")

    person = arrive()

    expect(number(dashboard, "people")).to_have_text("2")
    expect(number(dashboard, "signed_in_percent")).to_have_text("50 %")
    person.leave()
    expect(number(dashboard, "people")).to_have_text("1")
    assert dashboard.page.evaluate("window.neverReloaded")


def test_a_shared_link_opens_the_live_dashboard_and_leaves_the_address_bar(
    new_visitor: NewVisitor, arrive: Arrive, own_site: DaphneServer, tmp_path: Path
) -> None:
    link = SharedLink(name="board", created=utc_now())
    secret = SharedLink.objects.assign_key(link).partition(".")[2]
    with closing(sqlite3.connect(tmp_path / "staffed.sqlite3")) as database, database:
        database.execute(
            "INSERT INTO landing_sharedlink (id, prefix, hashed_key, created, name, revoked)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (link.pk, link.prefix, link.hashed_key, str(link.created), link.name, False),
        )
    path = f"/shared-dashboard/{link.prefix}/"
    visitor = new_visitor(own_site, bypass_csp=False, viewport={"width": 360, "height": 740})

    tab = visitor.open(f"{path}?range=7-days#{secret}")

    expect(number(tab, "people")).to_have_text("1")
    expect(tab.page).to_have_url(f"{own_site.url}{path}?range=7-days")
    arrive(own_site)
    expect(number(tab, "people")).to_have_text("2")
    check_accessibility(tab, 360)
    assert tab.console_messages == []
    assert secret not in own_site.log


def test_the_dashboard_keeps_the_last_numbers_when_the_server_stops(
    open_dashboard: OpenDashboard, site: DaphneServer
) -> None:
    dashboard = open_dashboard()
    expect(number(dashboard, "people")).to_have_text("1")

    site.stop()

    expect(dashboard.page.locator("[data-label]")).to_contain_text("counted")
    expect(number(dashboard, "people")).to_have_text("1")


def test_a_second_copy_of_the_scripts_shares_the_socket(
    open_dashboard: OpenDashboard, arrive: Arrive
) -> None:
    dashboard = open_dashboard()
    page = dashboard.page
    sliders = page.locator(".slider").count()
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    dashboard.console_messages.clear()

    load_again(dashboard, SCRIPT)
    page.evaluate("document.body.append(document.createElement('live-user-counter'))")
    page.add_script_tag(url=ELEMENTS, type="module")

    arrive()
    expect(number(dashboard, "people")).to_have_text("2")
    expect(dashboard.part("figure")).to_have_text("2")
    assert page.locator(".slider").count() == sliders
    assert (sockets, dashboard.console_messages) == ([], [])


def test_missing_parts_and_features_leave_the_other_numbers_live(
    arrive: Arrive, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard()
    dashboard.page.evaluate(
        """() => {
          delete window.Intl;
          document.querySelector("[data-signed-in-bar]").remove();
          document.querySelector("[data-banner=simulated]").remove();
          document.querySelector("[data-number=signed_in]").remove();
        }"""
    )

    arrive()

    expect(number(dashboard, "people")).to_have_text("2")
    expect(number(dashboard, "count")).to_have_text("2")
    expect(dashboard.page.locator("[data-label]")).to_contain_text("live")
    assert dashboard.console_messages == []


def test_a_replaced_section_is_drawn_again(arrive: Arrive, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard()
    arrive()
    expect(number(dashboard, "people")).to_have_text("2")

    dashboard.page.evaluate(
        """() => {
          const content = document.querySelector("#content-main");
          content.outerHTML = content.outerHTML.replaceAll(/data-number="?people"?>2/g, "$&999");
        }"""
    )

    expect(number(dashboard, "people")).to_have_text("2")


def test_the_console_stays_empty_and_nothing_is_loaded_from_other_hosts(
    open_dashboard: OpenDashboard, demo_site: DaphneServer
) -> None:
    dashboard = open_dashboard(demo_site)
    asked: list[str] = []
    dashboard.page.on("request", lambda request: asked.append(request.url))
    dashboard.console_messages.clear()
    dashboard.page.reload()
    dashboard.page.wait_for_load_state("networkidle")

    assert dashboard.console_messages == []
    assert asked and all(url.startswith(demo_site.url) for url in asked)


@pytest.mark.parametrize(("width", "height", "scheme"), SCREENS)
def test_the_dashboard_is_accessible_and_fits(
    open_dashboard: OpenDashboard, demo_site: DaphneServer, width: int, height: int, scheme: str
) -> None:
    dashboard = open_dashboard(
        demo_site,
        query=WEEK,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    dashboard.save_screenshot(f"dashboard-{width}-{scheme}")
    check_width(dashboard, width)
    if width > 1_000:
        assert find_cut_names(dashboard, "dash-referrers") == []
        assert count_tile_rows(dashboard, VIEWPORT) == 1
        dashboard.page.set_viewport_size({"width": width, "height": height})

    # The open details contain everything that is visible now.
    for summary in dashboard.page.locator("summary").all():
        summary.click()
    check_accessibility(dashboard, width)


def check_accessibility(dashboard: Tab, width: int) -> None:
    assert dashboard.accessibility_violations() == []
    check_width(dashboard, width)


def find_cut_names(dashboard: Tab, table: str) -> list[str]:
    """Return the names in a list that do not fit into their column."""
    names = dashboard.page.locator(f"[aria-labelledby={table}] th a")
    assert names.count() > 5
    cut: list[str] = names.evaluate_all(
        "links => links.filter((a) => a.scrollWidth > a.clientWidth).map((a) => a.textContent)"
    )
    return cut


def count_tile_rows(dashboard: Tab, size: ViewportSize) -> int:
    dashboard.page.set_viewport_size(size)
    tops: list[float] = dashboard.page.locator(".tile").evaluate_all(
        "tiles => tiles.map((tile) => tile.getBoundingClientRect().top)"
    )
    return len(set(tops))


def check_width(dashboard: Tab, width: int) -> None:
    assert dashboard.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_changes_in_every_direction_have_enough_contrast(
    open_dashboard: OpenDashboard, scheme: str
) -> None:
    dashboard = open_dashboard(color_scheme=scheme)
    value = dashboard.page.locator(".tile .value").first

    # In the demo data, the directions depend on the hour.
    for direction in ("up", "down", "level"):
        value.evaluate(
            """(value, direction) =>
              value.insertAdjacentHTML("beforeend", `<b class="change ${direction}" title>1 %</b>`)
            """,
            direction,
        )

    expect(dashboard.page.locator(".change[title]")).to_have_count(3)
    assert dashboard.accessibility_violations() == []


def test_the_empty_dashboard_is_accessible(
    open_dashboard: OpenDashboard, own_site: DaphneServer
) -> None:
    dashboard = open_dashboard(
        own_site, viewport={"width": 390, "height": 844}, reduced_motion="reduce"
    )
    dashboard.save_screenshot("dashboard-empty")

    check_accessibility(dashboard, 390)


def test_the_dashboard_follows_the_theme_switch_of_the_admin(open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(color_scheme="light")
    color = "getComputedStyle(document.querySelector('.split .part')).fill"
    light = dashboard.page.evaluate(color)

    dashboard.page.evaluate("document.documentElement.dataset.theme = 'dark'")

    assert dashboard.page.evaluate(color) != light


def test_arrow_keys_read_a_chart_point_by_point(
    open_dashboard: OpenDashboard, demo_site: DaphneServer
) -> None:
    dashboard = open_dashboard(demo_site, query=YESTERDAY)
    reader = dashboard.page.get_by_role("slider", name="People here, point by point")
    bubble = dashboard.page.locator("[data-plot='People here'] .tooltip")
    expect(bubble).not_to_be_visible()

    reader.focus()
    last = reader.get_attribute("aria-valuetext")
    dashboard.page.keyboard.press("ArrowLeft")

    expect(bubble).to_be_visible()
    before = reader.get_attribute("aria-valuetext")
    assert before and before != last
    expect(bubble).to_have_text(before.replace(": ", " ", 1))
    dashboard.page.keyboard.press("Home")
    expect(reader).to_have_js_property("value", "0")
    dashboard.page.keyboard.press("Tab")
    expect(bubble).not_to_be_visible()


def test_escape_hides_the_bubble_until_the_next_move(
    open_dashboard: OpenDashboard, demo_site: DaphneServer
) -> None:
    dashboard = open_dashboard(demo_site, query=YESTERDAY)
    plot = dashboard.page.locator("[data-plot='People here']")
    bubble = plot.locator(".tooltip")

    def check_escape(move: Callable[[], None]) -> None:
        for _ in range(2):
            move()
            expect(bubble).to_be_visible()
            dashboard.page.keyboard.press("Escape")
            expect(bubble).not_to_be_visible()

    check_escape(lambda: plot.hover())
    dashboard.page.mouse.move(0, 0)
    plot.get_by_role("slider").focus()
    check_escape(lambda: dashboard.page.keyboard.press("ArrowLeft"))


@pytest.mark.parametrize("options", [{}, {"has_touch": True}], ids=["mouse", "finger"])
def test_pointing_at_a_chart_reads_the_point_there(
    open_dashboard: OpenDashboard, demo_site: DaphneServer, options: dict[str, Any]
) -> None:
    dashboard = open_dashboard(demo_site, query=YESTERDAY, **options)
    plot = dashboard.page.locator("[data-plot='Active visitors']")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    if options:
        dashboard.page.touchscreen.tap(*middle)
    else:
        dashboard.page.mouse.move(*middle)

    expect(plot.locator(".tooltip")).to_be_visible()
    shown = float(plot.evaluate("plot => plot.style.getPropertyValue('--x')"))
    assert abs(shown - 50) < 1


def test_a_dashboard_without_tables_recovers_as_soon_as_they_are_back(
    open_dashboard: OpenDashboard, own_site: DaphneServer
) -> None:
    table = CountSample._meta.db_table
    rename_table(own_site, table, "away")
    dashboard = open_dashboard(own_site)
    dashboard.page.clock.install()
    dashboard.page.reload()
    banner, history = (dashboard.page.locator(f"#dash-{name}") for name in ("banners", "history"))
    expect(banner).to_contain_text("Can’t reach the database.")
    expect(history.locator("article")).to_have_count(0)
    assert dashboard.accessibility_violations() == []

    rename_table(own_site, "away", table)

    dashboard.page.clock.fast_forward(HISTORY_EVERY_MS)
    expect(history.locator("#dash-people")).to_be_visible()
    expect(banner).not_to_contain_text("Can’t reach the database.")


def rename_table(site: DaphneServer, old: str, new: str) -> None:
    database = sqlite3.connect(site.environment["DATABASE_URL"].removeprefix("sqlite:///"))
    with closing(database):
        database.execute(f"ALTER TABLE {old} RENAME TO {new}")


def test_a_range_survives_the_refresh(
    open_dashboard: OpenDashboard, demo_site: DaphneServer
) -> None:
    page = open_dashboard(demo_site).page
    page.clock.install()
    page.get_by_role("link", name="7 days").click()
    page.wait_for_url("**/?range=7-days")
    visitors = page.locator("[data-tile=visitors]")
    expect(visitors).to_contain_text("in the 7 days before")
    page.evaluate("document.querySelector('#dash-history-title').textContent = 'old'")

    with page.expect_response(lambda answer: "range=7-days&part=history" in answer.url):
        page.clock.fast_forward(HISTORY_EVERY_MS)

    expect(page.locator("#dash-history-title")).to_have_text("7 days")
    expect(visitors).to_contain_text("in the 7 days before")


def test_without_scripts_the_dashboard_shows_the_numbers_of_its_load(
    new_visitor: NewVisitor, open_dashboard: OpenDashboard
) -> None:
    open_dashboard()

    plain = new_visitor(java_script_enabled=False).open(f"/admin/login/?next={DASHBOARD}")
    plain.page.fill("#id_username", staff.USERNAME)
    plain.page.fill("#id_password", staff.PASSWORD)
    plain.page.click("[type=submit]")

    expect(number(plain, "people")).to_have_text("1")
    expect(plain.page.locator("[data-label]")).to_contain_text("live, at")
    plain.page.get_by_label("From").fill("2026-01-01")
    plain.page.get_by_role("button", name="Show").click()
    expect(plain.page.get_by_role("alert")).to_contain_text("at most 92 days")
