"""Pages under a strict Content-Security-Policy of a site or its proxy, and Trusted Types."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.e2e.visitors import NewVisitor, Tab
from tests.services.site import DaphneServer

DASHBOARD = "/admin/landing/analytics/dashboard/"
DOCS = "/api/docs/"
SELF = "default-src 'self'"
NO_DEFAULT = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"
NO_DEFAULT += "; img-src 'self'; font-src 'self'; manifest-src 'self'"
TRUSTED_TYPES = "default-src 'self'; require-trusted-types-for 'script'"
ALL = [
    pytest.param(SELF, id="self"),
    pytest.param(NO_DEFAULT, id="no default"),
    pytest.param(TRUSTED_TYPES, id="trusted types"),
]
RECORD_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""

Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def server(
    production: dict[str, str], staffed_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DaphneServer]:
    database = shutil.copy(staffed_database, tmp_path_factory.mktemp("policy") / "site.sqlite3")
    own = {**production, "DATABASE_URL": f"sqlite:///{database}"}
    server = DaphneServer(own, application="tests.e2e.strict_policy:application")
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def open_under(new_visitor: NewVisitor, server: DaphneServer) -> Open:
    """``open_under(policy, path, **cookies)`` opens a page and records each violation."""

    def open_page(policy: str, path: str, **cookies: str) -> Tab:
        visitor = new_visitor(server, bypass_csp=False)
        for name, value in {"policy": quote(policy), **cookies}.items():
            visitor.context.add_cookies([{"name": name, "value": value, "url": server.url}])
        visitor.context.add_init_script(RECORD_VIOLATIONS)
        return visitor.open(path)

    return open_page


def violations(tab: Tab) -> list[str]:
    return list(tab.page.evaluate("window.violations"))


@pytest.mark.parametrize("policy", ALL)
def test_the_page_is_live_under_a_strict_policy(open_under: Open, policy: str) -> None:
    tab = open_under(policy, "/")
    tab.expect_state("live")
    tab.expect_frame("connection-count")
    assert violations(tab) == []


@pytest.mark.parametrize("policy", ALL[:2])
def test_the_api_documentation_lists_the_routes_under_a_strict_policy(
    open_under: Open, policy: str
) -> None:
    tab = open_under(policy, DOCS)
    expect(tab.page.locator(".opblock").first).to_be_visible()
    # Swagger UI draws some icons from data URLs, which it can do without.
    assert [each for each in violations(tab) if not each.startswith("img-src data")] == []


@pytest.mark.parametrize("policy", ALL)
def test_the_dashboard_keeps_refreshing_under_a_strict_policy(
    open_under: Open, staff_session: str, policy: str
) -> None:
    tab = open_under(policy, DASHBOARD, sessionid=staff_session)
    with tab.page.expect_response(lambda answer: answer.request.resource_type == "xhr"):
        pass
    expect(tab.page.locator("[data-label]")).to_contain_text("s ago")
    assert violations(tab) == []
