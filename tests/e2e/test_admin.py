"""The admin in a real browser: publish and hide an activity, and copy the key of a token."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.visitors import SCREENS, NewVisitor, Tab
from tests.services.site import DaphneServer

#: A browser that refuses the clipboard to the page.
NO_CLIPBOARD = """
navigator.clipboard.writeText = () => Promise.reject(new DOMException("", "NotAllowedError"));
document.execCommand = () => false;
"""


@pytest.fixture
def staffed_site(
    daphne: Callable[..., DaphneServer], staffed_database: Path, tmp_path: Path
) -> DaphneServer:
    """Start a server without activities for one test."""
    database = shutil.copy(staffed_database, tmp_path / "staffed.sqlite3")
    return daphne(DATABASE_URL=f"sqlite:///{database}")


def check(tab: Tab, name: str) -> None:
    """Check the page for barriers, in both layouts and color schemes."""
    for width, height, scheme in SCREENS:
        tab.page.set_viewport_size({"width": width, "height": height})
        tab.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        tab.save_screenshot(f"admin-{name}-{width}-{scheme}")
        assert tab.accessibility_violations() == []
        assert tab.page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )


def publish(page: Page) -> None:
    page.get_by_label("Kind:").select_option("campaign")
    page.get_by_label("Actor:").fill("Ana")
    page.get_by_label("Text:").fill("began the spring sale")
    page.get_by_role("button", name="Publish").click()


def test_staff_publish_and_hide_activities_and_copy_keys(
    new_visitor: NewVisitor, staffed_site: DaphneServer, staff_session: str
) -> None:
    feed = new_visitor(staffed_site).open().page.locator("live-activity-feed")
    staff = new_visitor(staffed_site, bypass_csp=False)
    cookie = {"name": "sessionid", "value": staff_session, "url": staffed_site.url}
    staff.context.add_cookies([cookie])  # type: ignore[list-item]
    staff.context.add_init_script(NO_CLIPBOARD)
    tab = staff.open("/admin/")
    page = tab.page
    expect(page.locator("[data-figure=people]")).to_have_text("1")
    check(tab, "index")

    page.goto(staffed_site.url + "/admin/landing/activity/add/")
    check(tab, "publish")
    publish(page)
    expect(feed).to_contain_text("began the spring sale")
    hide = page.get_by_role("button", name="Hide from all pages")
    expect(hide).to_be_visible()
    check(tab, "activity")
    hide.click()
    expect(page.get_by_role("button", name="Show on pages again")).to_be_visible()
    expect(feed).not_to_contain_text("began the spring sale")

    page.goto(staffed_site.url + "/admin/landing/publishtoken/add/")
    check(tab, "token-form")
    page.get_by_label("Name:").fill("crm")
    page.get_by_label("Purchase (purchase)").check()
    page.get_by_role("button", name="Save", exact=True).click()
    key = page.locator("[data-copy] code").inner_text()
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("[data-copy] [role=status]")).to_contain_text("Press Ctrl+C")
    assert page.evaluate("getSelection().toString()") == key
    check(tab, "token")
    # axe and Django's own scripts set inline styles, which the policy blocks.
    assert [text for text in tab.console_messages if "script-src" in text] == []
