"""Pages whose markup comes from other projects, Swagger UI and Django, are accessible, too."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.visitors import NewVisitor


def test_the_documentation_of_the_api_is_accessible_in_all_states(new_visitor: NewVisitor) -> None:
    tab = new_visitor().open("/api/docs/")
    page = tab.page
    operations = page.locator(".opblock-summary-control")
    expect(operations.first).to_be_visible()

    for operation in operations.all():
        operation.click()
    expect(page.locator(".opblock-body")).to_have_count(operations.count())
    page.locator(".try-out__btn").first.click()
    page.locator(".execute").first.click()
    expect(page.locator(".live-responses-table").first).to_be_visible()
    assert tab.accessibility_violations() == []
    page.locator(".authorize").first.click()
    expect(page.get_by_role("dialog", name="Authorization")).to_be_visible()
    assert tab.accessibility_violations() == []


def test_a_link_opens_one_operation(new_visitor: NewVisitor) -> None:
    """Swagger UI writes the address of an open operation into the address of the page."""
    tab = new_visitor().open("/api/docs/")
    tab.page.locator(".opblock-summary-control").last.click()
    expect(tab.page.locator(".opblock.is-open")).to_have_count(1)
    address = tab.page.url
    assert "#/" in address

    tab.page.goto("about:blank")
    tab.page.goto(address)

    expect(tab.page.locator(".opblock.is-open")).to_have_count(1)


@pytest.mark.parametrize("width", [360, 1440])
def test_the_login_of_the_admin_is_accessible(new_visitor: NewVisitor, width: int) -> None:
    tab = new_visitor(viewport={"width": width, "height": 740}).open("/admin/login/")

    expect(tab.page.get_by_role("heading", level=1)).to_have_text("Log in")
    assert tab.accessibility_violations() == []
