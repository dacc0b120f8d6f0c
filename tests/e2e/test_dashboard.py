"""The admin's dashboard in a real browser: the same numbers as everywhere, live, for everybody."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from landing.models import CountSample
from tests.e2e.conftest import Tab, Visitor
from tests.services.site import DaphneServer

Comes = Callable[..., Visitor]

DASHBOARD = "/admin/landing/analytics/dashboard/"
PASSWORD = "only-for-tests"
#: A person's: a browser that says that it is a program leaves no row.
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
WIDTHS = {390: 844, 1440: 900}
RENEWED_WITHIN_MS = 15_000
HISTORY_EVERY_MS = 60_000

Watches = Callable[..., Tab]


def has_demo(site: DaphneServer, days: int = 1) -> None:
    """Made-up visits, the same ones each time."""
    site.manage("seed_analytics", f"--days={days}", "--visitors=300", "--seed=1", "--force")


@pytest.fixture
def watches(visitor: Comes, site: DaphneServer) -> Watches:
    """Somebody of the staff opens the dashboard, in a browser with these options."""
    site.manage(
        *("createsuperuser", "--noinput", "--username=ana", "--email=ana@example.org"),
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
    )

    def opens(**options: Any) -> Tab:
        tab = logged_in(visitor(**options))
        expect(tab.page.locator("[data-label]")).to_contain_text("s ago")
        return tab

    return opens


def logged_in(came: Visitor) -> Tab:
    tab = came.opens(f"/admin/login/?next={DASHBOARD}")
    tab.page.fill("#id_username", "ana")
    tab.page.fill("#id_password", PASSWORD)
    tab.page.click("[type=submit]")
    return tab


def number(tab: Tab, name: str) -> Locator:
    return tab.page.locator(f"[data-number={name}]")


def tile(tab: Tab, name: str) -> Locator:
    return tab.page.locator(f"[data-tile={name}] .value > span").first


def told_by_the_api(site: DaphneServer) -> dict[str, Any]:
    with urllib.request.urlopen(site.url + "/api/landing/stats/") as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def test_page_api_socket_and_dashboard_show_the_same_numbers(
    visitor: Comes, watches: Watches, site: DaphneServer
) -> None:
    dashboard = watches()
    tab = visitor(user_agent=PERSON).opens()
    visitor(user_agent=PERSON).opens()
    tab.shows(3)
    expect(number(dashboard, "people")).to_have_text("3")
    counted = tab.part("second")
    expect(counted).to_have_text("3")
    expect(tile(dashboard, "page_views")).to_have_text("2", timeout=RENEWED_WITHIN_MS)

    told = told_by_the_api(site)

    online = told["online"]
    frame = tab.last_count
    assert frame["count"] == online["connections"] == 3
    expect(number(dashboard, "count")).to_have_text(str(online["connections"]))
    for name in ("people", "signed_in", "anonymous"):
        assert frame[name] == online[name]
        expect(number(dashboard, name)).to_have_text(str(online[name]))
    expect(tab.part("figure")).to_have_text(str(online["people"]))
    assert frame["active"] == told["active_users_now"]
    expect(number(dashboard, "active")).to_have_text(str(told["active_users_now"]))
    expect(counted).to_have_text(str(told["active_users_now"]))
    for name in ("visitors", "page_views"):
        expect(tile(dashboard, name)).to_have_text(str(told["today"][name]))


def test_a_change_shows_without_a_reload(visitor: Comes, watches: Watches) -> None:
    dashboard = watches()
    expect(number(dashboard, "people")).to_have_text("1")
    dashboard.page.evaluate("window.neverReloaded = true")

    comes = visitor()
    comes.opens()

    expect(number(dashboard, "people")).to_have_text("2")
    expect(number(dashboard, "signed_in_percent")).to_have_text("50 %")
    comes.leaves()
    expect(number(dashboard, "people")).to_have_text("1")
    assert dashboard.page.evaluate("window.neverReloaded")


def test_a_server_that_is_gone_shows(watches: Watches, site: DaphneServer) -> None:
    dashboard = watches()
    expect(number(dashboard, "people")).to_have_text("1")

    site.stop()

    expect(dashboard.page.locator("[data-label]")).to_contain_text("counted")
    expect(number(dashboard, "people")).to_have_text("1")


def test_nobody_complains_on_the_console_and_nothing_is_from_elsewhere(
    watches: Watches, site: DaphneServer
) -> None:
    has_demo(site)
    dashboard = watches()
    asked: list[str] = []
    dashboard.page.on("request", lambda request: asked.append(request.url))
    dashboard.complaints.clear()
    dashboard.page.reload()
    dashboard.page.wait_for_load_state("networkidle")

    assert dashboard.complaints == []
    assert asked and all(url.startswith(site.url) for url in asked)


def test_the_dashboard_is_accessible_and_fits(watches: Watches, site: DaphneServer) -> None:
    has_demo(site, days=30)
    for width, height in WIDTHS.items():
        for scheme in ("light", "dark"):
            dashboard = watches(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                reduced_motion="reduce",
            )
            dashboard.looks(f"dashboard-{width}-{scheme}")
            assert_it_is_for_everybody(dashboard, width)

            for summary in dashboard.page.locator("summary").all():
                summary.click()
            assert_it_is_for_everybody(dashboard, width)


def assert_it_is_for_everybody(dashboard: Tab, width: int) -> None:
    assert dashboard.barriers() == []
    assert dashboard.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_change_can_be_read_whichever_way_it_goes(watches: Watches, scheme: str) -> None:
    dashboard = watches(color_scheme=scheme)
    value = dashboard.page.locator(".tile .value").first

    # Which ways it goes in the demo depends on the hour.
    for direction in ("up", "down", "level"):
        value.evaluate(
            """(value, direction) =>
              value.insertAdjacentHTML("beforeend", `<span class="change ${direction}">1 %</span>`)
            """,
            direction,
        )

    expect(dashboard.page.locator(".change")).to_have_count(3)
    assert dashboard.barriers() == []


def test_the_empty_dashboard_is_accessible_too(watches: Watches) -> None:
    dashboard = watches(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    dashboard.looks("dashboard-empty")

    assert_it_is_for_everybody(dashboard, 390)


def test_the_admins_own_switch_of_themes_is_followed(watches: Watches) -> None:
    dashboard = watches(color_scheme="light")
    colour = "getComputedStyle(document.querySelector('.split .part')).fill"
    light = dashboard.page.evaluate(colour)

    dashboard.page.evaluate("document.documentElement.dataset.theme = 'dark'")

    assert dashboard.page.evaluate(colour) != light


def test_a_chart_is_read_with_the_arrow_keys(watches: Watches, site: DaphneServer) -> None:
    has_demo(site)
    dashboard = watches()
    reader = dashboard.page.get_by_role("slider", name="The last 24 hours, point by point")
    bubble = dashboard.page.locator("[data-plot='The last 24 hours'] .tooltip")
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


def test_escape_hides_what_is_read_and_the_next_move_shows_it_again(
    watches: Watches, site: DaphneServer
) -> None:
    has_demo(site)
    dashboard = watches()
    plot = dashboard.page.locator("[data-plot='The last 24 hours']")
    bubble = plot.locator(".tooltip")

    def escapes(move: Callable[[], None]) -> None:
        for _ in range(2):
            move()
            expect(bubble).to_be_visible()
            dashboard.page.keyboard.press("Escape")
            expect(bubble).not_to_be_visible()

    escapes(lambda: plot.hover())
    dashboard.page.mouse.move(0, 0)
    plot.get_by_role("slider").focus()
    escapes(lambda: dashboard.page.keyboard.press("ArrowLeft"))


@pytest.mark.parametrize("options", [{}, {"has_touch": True}], ids=["mouse", "finger"])
def test_a_chart_is_read_where_it_is_pointed_at(
    watches: Watches, site: DaphneServer, options: dict[str, Any]
) -> None:
    has_demo(site)
    dashboard = watches(**options)
    plot = dashboard.page.locator("[data-plot='The last 30 days']")
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


def test_a_page_that_came_without_its_tables_shows_them_as_soon_as_they_are_back(
    watches: Watches, site: DaphneServer
) -> None:
    renamed(site, CountSample._meta.db_table, "away")
    dashboard = watches()
    dashboard.page.clock.install()
    dashboard.page.reload()
    banner, history = (dashboard.page.locator(f"#dash-{name}") for name in ("banners", "history"))
    expect(banner).to_contain_text("Can’t reach the database.")
    expect(history.locator("article")).to_have_count(0)
    assert dashboard.barriers() == []

    renamed(site, "away", CountSample._meta.db_table)

    dashboard.page.clock.fast_forward(HISTORY_EVERY_MS)
    expect(history.locator("article")).to_have_count(5)
    expect(banner).not_to_contain_text("The tables")


def renamed(site: DaphneServer, old: str, new: str) -> None:
    sql = f"ALTER TABLE {old} RENAME TO {new}"
    site.manage(
        "shell", "-c", f"from django.db import connection as c; c.cursor().execute({sql!r})"
    )


def test_without_scripts_the_numbers_are_those_of_the_load(
    visitor: Comes, watches: Watches
) -> None:
    watches()

    plain = logged_in(visitor(java_script_enabled=False))

    expect(number(plain, "people")).to_have_text("1")
    expect(plain.page.locator("[data-label]")).to_contain_text("live, at")
