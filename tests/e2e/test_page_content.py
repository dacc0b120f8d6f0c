"""An owner changes the brand, the words, and the sections in the admin, after a preview."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload

from tests.e2e.test_brand import COLOR, DASHBOARD, HEADLINE, NAME, expect_no_trace
from tests.e2e.visitors import SCREENS, NewVisitor, Tab
from tests.page.markup import Page
from tests.services import http
from tests.services.site import DaphneServer

FORM = "/admin/landing/page/"
SVG = f"""<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">
<style>rect {{ fill: {COLOR} }}</style><rect width="40" height="40"/></svg>"""
LOADED = "document.querySelector('.logo').naturalWidth > 0"
#: Evaluates to the reason why the browser does not send the form.
PROBLEM = ("[name=logo_upload]", "input => input.validationMessage")
#: A file that the form would refuse, and that only SQL can store.
EVIL_LOGO = f"/brand/logo/{'0' * 32}.svg"
EVIL = """
from landing.tables.page import Logo
script = b"<script>document.documentElement.dataset.run = 'yes'</script>"
svg = b'<svg xmlns="http://www.w3.org/2000/svg">' + script + b"</svg>"
Logo.objects.create(name="0" * 32 + ".svg", content=svg)
"""


def upload(name: str, content: str) -> FilePayload:
    """Return a file that the owner selects."""
    return {"name": name, "mimeType": "image/svg+xml", "buffer": content.encode()}


TOO_LARGE = upload("logo.svg", SVG.ljust(101_000))


@pytest.fixture
def server(
    production: dict[str, str], staffed_database: Path, tmp_path: Path
) -> Iterator[DaphneServer]:
    database = shutil.copy(staffed_database, tmp_path / "site.sqlite3")
    server = DaphneServer({**production, "DATABASE_URL": f"sqlite:///{database}"})
    try:
        server.start()
        yield server
    finally:
        server.close()


def preview(tab: Tab) -> Tab:
    """Return the tab that the button opens."""
    opened = copy.copy(tab)
    with tab.page.context.expect_page() as found:
        tab.page.get_by_role("button", name="Preview in a new tab").click()
    opened.page = found.value
    opened.page.wait_for_load_state()
    return opened


def test_the_owner_changes_the_page_in_the_admin(
    new_visitor: NewVisitor, server: DaphneServer, staff_session: str
) -> None:
    owner = new_visitor(server, bypass_csp=False)
    cookie = {"name": "sessionid", "value": staff_session, "url": server.url}
    owner.context.add_cookies([cookie])  # type: ignore[list-item]
    form = owner.open(FORM)
    form.page.get_by_text("Text in German", exact=True).click()
    for label, text in {
        "Name": NAME,
        "Color": COLOR,
        "Headline": HEADLINE,
        "Text of the button": "See prices",
        "Link of the button": "/pricing",
        "Headline in German": "Wer ist hier?",
        "Subtext in German": "Von uns",
    }.items():
        form.page.get_by_label(f"{label}:", exact=True).fill(text)
    form.page.set_input_files("[name=logo_upload]", TOO_LARGE)
    assert "at most 100 KB" in form.page.eval_on_selector(*PROBLEM)
    form.page.set_input_files("[name=logo_upload]", upload("logo.svg", SVG))
    assert form.page.eval_on_selector(*PROBLEM) == ""
    form.page.get_by_label("Section 4").select_option("None")
    form.page.get_by_label("Language", exact=True).select_option("German")

    draft = preview(form)
    assert draft.page.locator("h1").inner_text() == "Wer ist hier?"
    assert draft.page.evaluate(LOADED)
    assert draft.part("subtext").text_content() == "Von uns"
    assert draft.page.get_by_text("See prices").get_attribute("href") == "/pricing"
    assert draft.page.locator("#yours").count() == 0
    runs = "customElements.get('live-user-counter') !== undefined"
    assert not draft.page.evaluate(runs), "the preview is not a person on the page"
    for width, height, scheme in SCREENS:
        for name, tab in {"admin-page": form, "admin-page-preview": draft}.items():
            tab.page.set_viewport_size({"width": width, "height": height})
            tab.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert tab.accessibility_violations() == [], (name, scheme)
            assert tab.page.evaluate("document.documentElement.scrollWidth") <= width, name
            tab.save_screenshot(f"{name}-{width}-{scheme}")
        expect_no_trace(draft)
    assert "How many of us are here?" in http.get(server.url).text, "visitors do not see a draft"

    other = owner.open(FORM)
    for name in ("brand_name", "headline", "lead", "call_text"):
        other.page.fill(f"[name={name}]", 60 * "W")
    other.page.fill("[name=call_link]", "/pricing")
    draft = preview(other)
    draft.page.set_viewport_size({"width": 320, "height": 640})
    assert draft.page.evaluate("document.documentElement.scrollWidth") <= 320, "words are broken"

    form.page.get_by_role("button", name="Save", exact=True).click()
    assert "was added successfully" in form.page.locator(".messagelist").inner_text()
    for path in ("/", "/nowhere/", "/privacy/", DASHBOARD):
        form.page.goto(server.url + path)
        assert form.page.locator(".logo").get_attribute("alt") == NAME, path
        assert form.page.evaluate(LOADED), path
        expect_no_trace(form)
    page = Page(http.get(server.url).text)
    card = {
        each.attributes["property"]: each.attributes["content"]
        for each in page.all("meta")
        if "property" in each.attributes
    }
    assert card["og:site_name"] == NAME
    assert card["og:title"] == page.one("title").text == HEADLINE
    assert COLOR[1:] in card["og:image"], "the picture has the color"
    assert http.get(card["og:image"]).headers["Content-Type"] == "image/png"

    form.page.goto(server.url + FORM)
    for width, height, scheme in SCREENS:
        form.page.set_viewport_size({"width": width, "height": height})
        form.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert form.accessibility_violations() == [], scheme
        form.save_screenshot(f"admin-page-logo-{width}-{scheme}")
    server.manage("shell", "--no-imports", "-c", EVIL)
    form.page.goto(server.url + EVIL_LOGO)
    assert form.page.evaluate("document.documentElement.dataset.run") is None, "no script runs"
