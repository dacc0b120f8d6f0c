"""The page in a real browser: its size, accessibility, layout, and scripts."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from rcssmin import cssmin

from tests.e2e.visitors import SCREENS, NewVisitor
from tests.page.markup import Page
from tests.services import http
from tests.services.site import ROOT, DaphneServer

WIDTHS = {360: 740, 1440: 900}
#: HTML, CSS, and JavaScript together. 6 KiB serve browsers that lack features, pages whose scripts
#: replace the content of elements, style sheets of readers, and pages from caches.
MOST_BYTES = 46 * 1024
#: The same on the wire: files are compressed, but the page is not.
MOST_BYTES_TRANSFERRED = 33 * 1024


def active_in(text: str) -> int:
    """Return the active visitors that the page shows. Those of earlier tests count, too."""
    found = re.fullmatch(r"(\d+) active in the last 15 minutes", text.strip())
    assert found is not None, text
    return int(found[1])


def test_the_first_paint_has_the_numbers(new_visitor: NewVisitor, site: DaphneServer) -> None:
    new_visitor().open().expect_people(1)
    new_visitor().open().expect_people(2)

    with urllib.request.urlopen(site.url) as answer:
        page = Page(answer.read().decode())

    assert page.part("figure").text == "2"
    assert active_in(page.part("more").text) >= 2, "active is never below people"


def test_without_scripts_the_page_has_real_numbers(new_visitor: NewVisitor) -> None:
    new_visitor().open().expect_people(1)

    tab = new_visitor(java_script_enabled=False).open()

    expect(tab.part("figure")).to_be_visible()
    expect(tab.part("figure")).to_have_text("1")
    assert active_in(tab.part("more").inner_text()) >= 1
    expect(tab.page.locator("noscript")).to_be_visible()
    tab.save_screenshot("without-scripts")


def test_the_console_stays_empty(new_visitor: NewVisitor) -> None:
    tab = new_visitor().open()
    tab.expect_state("live")

    assert tab.console_messages == []


def test_the_page_is_small_and_its_files_are_local_and_hashed(
    new_visitor: NewVisitor, site: DaphneServer
) -> None:
    tab = new_visitor().open()
    tab.expect_state("live")
    tab.page.wait_for_load_state("networkidle")

    loaded = tab.page.evaluate(
        """() => ["navigation", "resource"]
          .flatMap((type) => performance.getEntriesByType(type))
          .map((entry) => [entry.name, entry.decodedBodySize, entry.transferSize])"""
    )
    assert all(url.startswith(site.url) for url, _, _ in loaded)
    files = [url for url, _, _ in loaded if "/static/" in url]
    assert [url for url in files if not re.search(r"\.[0-9a-f]{12}\.\w+$", url)] == []
    assert len(files) == len(set(files)), "a file was loaded twice"
    own = [entry for entry in loaded if not entry[0].endswith((".svg", ".png"))]
    assert all(size > 0 for _, size, _ in own)
    assert sum(size for _, size, _ in own) <= MOST_BYTES, own
    assert sum(transferred for _, _, transferred in own) <= MOST_BYTES_TRANSFERRED, own


def test_all_modules_are_preloaded(new_visitor: NewVisitor, site: DaphneServer) -> None:
    """No module waits until another module is parsed."""
    tab = new_visitor().open()
    tab.expect_state("live")

    link = http.get(site.url).headers["Link"]
    preloaded = [site.url + path for path in re.findall("<([^>]+)>; rel=modulepreload", link)]
    loaded = """performance.getEntriesByType("resource").map(({ name }) => name)"""
    scripts = [url for url in tab.page.evaluate(loaded) if url.endswith(".js")]
    assert sorted(preloaded) == sorted(scripts)


def test_minified_style_sheets_have_the_rules_of_their_sources(new_visitor: NewVisitor) -> None:
    tab = new_visitor().open()
    # Browsers keep the whitespace around commas in values with a variable.
    rules = """(text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      return [...sheet.cssRules].map((rule) => rule.cssText.replace(/\\s*(,|\\s)\\s*/g, "$1"));
    }"""
    sources = sorted((ROOT / "static/landing").rglob("*.css"))
    assert sources
    for source in sources:
        written, sent = source.read_text(), cssmin(source.read_text())
        assert tab.page.evaluate(rules, sent) == tab.page.evaluate(rules, written), source.name


def test_the_page_fits_at_a_zoom_of_200_percent_and_on_the_smallest_screen(
    new_visitor: NewVisitor,
) -> None:
    """A zoom of 200 % halves the space. 320 px is the smallest screen in WCAG."""
    for width in (320, 640):
        tab = new_visitor(viewport={"width": width, "height": 450}, locale="de-DE").open()
        tab.expect_state("live")

        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.accessibility_violations() == []
        tab.save_screenshot(f"small-{width}")


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_on_the_page_shifts(
    new_visitor: NewVisitor, daphne: Callable[..., DaphneServer], width: int
) -> None:
    # A server of its own: a shared one has other visitors, and when "9 active" becomes "10 active",
    # the centered sentence grows by a digit.
    server = daphne()
    visitor = new_visitor(server, viewport={"width": width, "height": WIDTHS[width]})
    visitor.context.add_init_script(
        """window.shifts = [];
        new PerformanceObserver((list) => {
          for (const { value, sources } of list.getEntries())
            window.shifts.push([
              value,
              ...sources.map(({ node, previousRect, currentRect }) => [
                (node?.outerHTML ?? node?.textContent ?? "").slice(0, 80),
                JSON.stringify([previousRect, currentRect]),
              ]),
            ]);
        }).observe({ type: "layout-shift", buffered: true });"""
    )
    tab = visitor.open()
    tab.expect_people(1)
    new_visitor(server).open()
    tab.expect_people(2)
    tab.page.wait_for_timeout(300)

    assert tab.page.evaluate("window.shifts") == []


def test_a_change_rolls_the_digits_and_dispatches_events(new_visitor: NewVisitor) -> None:
    tab = new_visitor().open()
    tab.expect_people(1)
    tab.page.evaluate(
        """() => {
          window.events = [];
          const record = ({ type, detail }) =>
            window.events.push([type, detail.value ?? detail.state]);
          document.addEventListener("countchange", record);
          document.addEventListener("statechange", record);
        }"""
    )
    beat = tab.counter.get_attribute("beat")

    new_visitor().open()
    tab.expect_people(2)

    assert tab.page.evaluate("window.events") == [["countchange", 2]]
    assert tab.counter.get_attribute("beat") != beat
    expect(tab.part("digits").locator(".reel")).to_have_count(1)
    digit = "getComputedStyle(document.querySelector('.reel')).getPropertyValue('--digit')"
    assert tab.page.evaluate(digit) == "2"


def test_a_screen_reader_does_not_get_each_change(new_visitor: NewVisitor) -> None:
    tab = new_visitor().open()
    tab.expect_people(1)
    new_visitor().open()
    tab.expect_people(2)

    announcement = tab.part("announcement")
    expect(announcement).to_have_attribute("role", "status")
    expect(announcement).to_have_text("")
    expect(tab.part("digits")).to_have_attribute("aria-hidden", "true")


def test_reduced_motion_is_respected(new_visitor: NewVisitor) -> None:
    tab = new_visitor(reduced_motion="reduce").open()
    tab.expect_state("live")
    moving = """() => document.getAnimations().length"""

    new_visitor().open()
    tab.expect_people(2)

    assert tab.page.evaluate(moving) == 0


@pytest.mark.parametrize(("width", "height", "scheme"), SCREENS)
def test_the_page_is_accessible_and_fits(
    new_visitor: NewVisitor, width: int, height: int, scheme: str
) -> None:
    options: dict[str, Any] = {
        "viewport": {"width": width, "height": height},
        "color_scheme": scheme,
        "reduced_motion": "reduce",
    }
    tab = new_visitor(**options).open()
    tab.expect_state("live")
    tab.expect_people(1)
    tab.save_screenshot(f"live-{width}-{scheme}")

    assert tab.accessibility_violations() == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_error_page_is_accessible(new_visitor: NewVisitor, scheme: str) -> None:
    tab = new_visitor(color_scheme=scheme).open("/nowhere/")
    tab.save_screenshot(f"not-found-{scheme}")

    assert tab.accessibility_violations() == []


def test_the_keyboard_reaches_everything_in_order(new_visitor: NewVisitor) -> None:
    tab = new_visitor().open()
    reached = []
    for _ in range(15):
        tab.page.keyboard.press("Tab")
        reached.append(tab.page.evaluate("document.activeElement.textContent.trim()"))

    assert reached[:5] == ["Skip to content", "Here, now", "How it works", "Add it", "API"]
    assert reached[5:8] == ["Pause animation", "Add it to your page", "How we count"]
    assert reached[8] == "View the API response"
    assert "live_user_counter" in reached[9]
    assert reached[10:] == ["Privacy", "English", "Deutsch", "Español", "العربيّة"]
