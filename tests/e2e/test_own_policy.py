"""Every page in a real browser under the policy that the site itself sends."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.test_content_policy import RECORD_VIOLATIONS, violations
from tests.e2e.visitors import NewVisitor, Tab
from tests.services import staff
from tests.services.site import DaphneServer

ADMIN = "/admin/"
ANALYTICS = f"{ADMIN}landing/analytics/"
PUBLIC_PAGES = ("/", "/nowhere", "/api/docs/", "/health/live", f"{ADMIN}login/")
PUBLIC_PAGES += (
    "/static/live_user_counter/favicon.svg",
    "/api/landing/stats/",
    "/api/landing/activities/",
)
STAFF_PAGES = (
    ADMIN,
    f"{ADMIN}nowhere/",
    f"{ADMIN}landing/",
    ANALYTICS,
    f"{ANALYTICS}dashboard/",
    f"{ADMIN}landing/countsample/",
    f"{ADMIN}landing/activity/",
    f"{ADMIN}landing/activity/1/change/",
    f"{ADMIN}landing/publishtoken/",
    f"{ADMIN}landing/publishtoken/add/",
    f"{ADMIN}auth/user/",
    f"{ADMIN}auth/user/add/",
    f"{ADMIN}auth/user/1/change/",
    f"{ADMIN}auth/user/1/history/",
    f"{ADMIN}auth/user/1/delete/",
    f"{ADMIN}auth/group/add/",
    f"{ADMIN}password_change/",
)

Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def server(
    production: dict[str, str], staffed_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DaphneServer]:
    database = shutil.copy(staffed_database, tmp_path_factory.mktemp("own") / "site.sqlite3")
    server = DaphneServer({**production, "DATABASE_URL": f"sqlite:///{database}"})
    try:
        server.manage("publish_activity", "joined", "--kind", "signup", "--actor", "Ana")
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def open_page(new_visitor: NewVisitor, server: DaphneServer) -> Open:
    """``open_page(path, **cookies)`` opens a page and records each violation."""

    def open_page(path: str, **cookies: str) -> Tab:
        visitor = new_visitor(server, bypass_csp=False)
        for name, value in cookies.items():
            visitor.context.add_cookies([{"name": name, "value": value, "url": server.url}])
        visitor.context.add_init_script(RECORD_VIOLATIONS)
        return visitor.open(path)

    return open_page


def all_violations(tab: Tab) -> list[str]:
    """Return what the page and the console report."""
    reported = [each for each in tab.console_messages if "Security Policy" in each]
    return [*violations(tab), *reported]


def test_no_public_page_violates_the_policy(open_page: Open, server: DaphneServer) -> None:
    tab = open_page("/")
    for path in PUBLIC_PAGES:
        response = tab.page.goto(server.url + path, wait_until="load")
        assert response is not None
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert all_violations(tab) == [], path


def test_no_page_of_the_admin_violates_the_policy(
    open_page: Open, server: DaphneServer, staff_session: str
) -> None:
    tab = open_page(ADMIN, sessionid=staff_session)
    for path in STAFF_PAGES:
        response = tab.page.goto(server.url + path, wait_until="load")
        assert response is not None
        assert response.status == (404 if path.endswith("nowhere/") else 200), path
        assert all_violations(tab) == [], path


def test_the_counter_and_the_feed_are_live(open_page: Open, server: DaphneServer) -> None:
    tab = open_page("/")
    tab.expect_state("live")
    expect(tab.page.get_by_text("joined").first).to_be_visible()
    server.manage("publish_activity", "subscribed", "--kind", "signup", "--actor", "Bea")
    expect(tab.page.get_by_text("subscribed").first).to_be_visible()
    assert all_violations(tab) == []


def test_the_dashboard_refreshes(open_page: Open, staff_session: str) -> None:
    tab = open_page(f"{ANALYTICS}dashboard/", sessionid=staff_session)
    with tab.page.expect_response(lambda answer: answer.request.resource_type == "xhr"):
        pass
    expect(tab.page.locator("[data-label]")).to_contain_text("s ago")
    assert all_violations(tab) == []


def test_the_admin_signs_in_filters_and_selects(open_page: Open) -> None:
    tab = open_page(ANALYTICS)
    tab.page.fill("#id_username", staff.USERNAME)
    tab.page.fill("#id_password", staff.PASSWORD)
    tab.page.click("[type=submit]")
    tab.page.locator("#changelist-filter a").nth(1).click()
    tab.page.wait_for_url("**/?*")
    assert all_violations(tab) == []
    tab.page.goto(tab.page.url.split("/admin/")[0] + f"{ADMIN}auth/user/")
    tab.page.check("#action-toggle")
    expect(tab.page.locator(".action-counter")).to_have_text("1 of 1 selected")
    assert all_violations(tab) == []


def test_swagger_ui_sends_a_request(open_page: Open) -> None:
    tab = open_page("/api/docs/")
    stats = tab.page.locator(".opblock", has_text="/api/landing/stats/")
    stats.locator(".opblock-summary-control").click()
    stats.get_by_role("button", name="Try it out").click()
    stats.get_by_role("button", name="Execute").click()
    expect(stats.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    assert all_violations(tab) == []
