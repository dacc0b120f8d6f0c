"""The page in a real browser: its size, accessibility, layout, and scripts."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, expect
from rcssmin import cssmin

from tests.e2e.conftest import visits
from tests.e2e.played_feed import PlayedServer, item
from tests.e2e.test_digits import SHEETS, check_shown
from tests.e2e.visitors import SCREENS, Arrive, NewVisitor, wait_for_people
from tests.page.markup import Page
from tests.services import http
from tests.services.site import ROOT, DaphneServer
from tests.services.site_pool import SitePool

WIDTHS = {360: 740, 1440: 900}
#: HTML, CSS, and JavaScript together. 6 KiB serve browsers that lack features, pages whose scripts
#: replace the content of elements, style sheets of readers, and pages from caches. 2 KiB derive all
#: colors from one, and keep the styles of elements from a site's own markup. 4 KiB report the page
#: that an open tab shows, and count its people; the merge of two modules pays for them on the wire.
#: 6 KiB keep the elements as they are in the pages of other projects, whatever those define for
#: paragraphs, lists, and buttons, and hide parts without a style sheet; one sheet instead of two
#: pays for most of that on the wire.
MOST_BYTES = 64 * 1024
#: The weight of the page, on the wire: files are compressed, but the page is not. It names the
#: addresses of the server and hides parts itself, for which the scripts had constants before.
MOST_BYTES_TRANSFERRED = 40 * 1024


def active_in(text: str) -> int:
    """Return the active visitors that the page shows. Those of earlier tests count, too."""
    found = re.fullmatch(r"(\d+) in the last 15 minutes", text.strip())
    assert found is not None, text
    return int(found[1])


def test_the_first_paint_has_the_numbers(arrive: Arrive, site: DaphneServer) -> None:
    arrive()
    wait_for_people(arrive(), 2)

    with urllib.request.urlopen(site.url) as answer:
        page = Page(answer.read().decode())

    assert page.part("figure").text == "2"
    assert active_in(page.part("more").text) >= 2, "active is never below people"


def test_without_scripts_the_page_has_real_numbers(new_visitor: NewVisitor, arrive: Arrive) -> None:
    wait_for_people(arrive(), 1)

    tab = new_visitor(java_script_enabled=False).open()

    expect(tab.part("figure")).to_be_visible()
    expect(tab.part("figure")).to_have_text("1")
    assert active_in(tab.part("more").inner_text()) >= 1
    expect(tab.page.locator("noscript")).to_be_visible()
    tab.save_screenshot("without-scripts")


class Load(NamedTuple):
    """The files and messages of a first visit to the page."""

    site_url: str
    console_messages: list[str]
    #: the URL, and the bytes without and with compression, of the page and each file
    files: list[tuple[str, int, int]]
    #: the URLs that the page names to load as modules
    preloaded: list[str]


@pytest.fixture(scope="module")
def load(browser: Browser, site_pool: SitePool, request: pytest.FixtureRequest) -> Load:
    site = site_pool.take()
    with visits(browser, lambda: site, request.config) as open_context:
        tab = open_context().open()
        tab.expect_state("live")
        tab.page.wait_for_load_state("networkidle")
        files = tab.page.evaluate(
            """() => ["navigation", "resource"]
              .flatMap((type) => performance.getEntriesByType(type))
              .map((entry) => [entry.name, entry.decodedBodySize, entry.transferSize])"""
        )
    link = http.get(site.url).headers["Link"]
    preloaded = [site.url + path for path in re.findall("<([^>]+)>; rel=modulepreload", link)]
    return Load(site.url, tab.console_messages, files, preloaded)


def test_the_console_stays_empty(load: Load) -> None:
    assert load.console_messages == []


def test_the_page_is_small_and_its_files_are_local_and_hashed(load: Load) -> None:
    assert all(url.startswith(load.site_url) for url, _, _ in load.files)
    files = [url for url, _, _ in load.files if "/static/" in url]
    assert [url for url in files if not re.search(r"\.[0-9a-f]{12}\.\w+$", url)] == []
    assert len(files) == len(set(files)), "a file was loaded twice"
    own = [entry for entry in load.files if not entry[0].endswith((".svg", ".png"))]
    assert all(size > 0 for _, size, _ in own)
    assert sum(size for _, size, _ in own) <= MOST_BYTES, own
    assert sum(transferred for _, _, transferred in own) <= MOST_BYTES_TRANSFERRED, own


def test_all_modules_are_preloaded(load: Load) -> None:
    """No module waits until another module is parsed."""
    scripts = [url for url, _, _ in load.files if url.endswith(".js")]
    assert sorted(load.preloaded) == sorted(scripts)


def test_minified_style_sheets_have_the_rules_of_their_sources(browser: Browser) -> None:
    # Browsers keep the whitespace around commas in values with a variable.
    rules = """(text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      return [...sheet.cssRules].map((rule) => rule.cssText.replace(/\\s*(,|\\s)\\s*/g, "$1"));
    }"""
    sources = sorted((ROOT / "static").rglob("*.css"))
    assert sources
    with browser.new_page() as page:
        for source in sources:
            written, sent = source.read_text(), cssmin(source.read_text())
            assert page.evaluate(rules, sent) == page.evaluate(rules, written), source.name


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


@pytest.mark.parametrize("locale", ["es-ES", "de-DE"])
def test_the_page_fits_on_the_smallest_screen_with_text_of_twice_the_size(
    new_visitor: NewVisitor, locale: str
) -> None:
    """WCAG 1.4.4, in the languages with long words."""
    tab = new_visitor(viewport={"width": 320, "height": 640}, locale=locale).open()
    tab.page.evaluate("document.documentElement.style.fontSize = '200%'")
    tab.expect_state("live")

    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 320
    tab.save_screenshot(f"large-text-{locale}")


@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"}],
    ids=str,
)
def test_the_page_is_right_with_the_text_spacing_of_a_reader(
    new_visitor: NewVisitor, options: dict[str, Any]
) -> None:
    """WCAG 1.4.12, on the smallest screen, with all that the page can contain."""
    visitor = new_visitor(viewport={"width": 320, "height": 640}, **options)
    PlayedServer(visitor, item(2, text="a long text " * 20), item(1), people=10_247)
    tab = visitor.open()
    tab.page.add_style_tag(content=SHEETS["text spacing (WCAG 1.4.12)"])
    expect(tab.part("figure")).to_have_text("10,247")
    expect(tab.part("expand").first).to_be_visible()

    check_shown(tab, "10,247")
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert tab.accessibility_violations() == []
    tab.save_screenshot(f"spacing-{next(iter(options.values()))}")


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_on_the_page_shifts(
    new_visitor: NewVisitor, arrive: Arrive, daphne: Callable[..., DaphneServer], width: int
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
    tab.page.wait_for_timeout(300)
    assert tab.page.evaluate("window.shifts") == []

    # The plural form is a letter longer, so the centered label moves by half a letter.
    arrive(server)
    tab.expect_people(2)
    tab.page.wait_for_timeout(300)
    shifts = tab.page.evaluate("window.shifts.splice(0)")
    assert sum(value for value, *_ in shifts) < 0.0005, shifts

    arrive(server)
    tab.expect_people(3)
    tab.page.wait_for_timeout(300)
    assert tab.page.evaluate("window.shifts") == []


def test_a_change_rolls_the_digits_and_dispatches_events(
    new_visitor: NewVisitor, arrive: Arrive
) -> None:
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

    arrive()
    tab.expect_people(2)

    assert tab.page.evaluate("window.events") == [["countchange", 2]]
    assert tab.counter.get_attribute("beat") != beat
    expect(tab.part("digits").locator(".luc-reel")).to_have_count(1)
    digit = "getComputedStyle(document.querySelector('.luc-reel')).getPropertyValue('--luc-digit')"
    assert tab.page.evaluate(digit) == "2"


def test_a_screen_reader_does_not_get_each_change(new_visitor: NewVisitor, arrive: Arrive) -> None:
    tab = new_visitor().open()
    tab.expect_people(1)
    arrive()
    tab.expect_people(2)

    announcement = tab.part("announcement")
    expect(announcement).to_have_attribute("role", "status")
    expect(announcement).to_have_text("")
    expect(tab.part("digits")).to_have_attribute("aria-hidden", "true")


def test_reduced_motion_is_respected(new_visitor: NewVisitor, arrive: Arrive) -> None:
    tab = new_visitor(reduced_motion="reduce").open()
    tab.expect_state("live")
    moving = """() => document.getAnimations().length"""

    arrive()
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


def test_the_error_page_is_accessible(new_visitor: NewVisitor) -> None:
    tab = new_visitor(color_scheme="light").open("/nowhere/")
    tab.save_screenshot("not-found-light")
    assert tab.accessibility_violations() == []

    tab.page.emulate_media(color_scheme="dark")
    tab.save_screenshot("not-found-dark")
    assert tab.accessibility_violations(["color-contrast"]) == []


def test_the_skip_link_moves_nothing(new_visitor: NewVisitor) -> None:
    tab = new_visitor().open()
    top = "document.querySelector('h1').getBoundingClientRect().top"
    before = tab.page.evaluate(top)

    tab.page.keyboard.press("Tab")

    expect(tab.page.locator(".skip")).to_be_focused()
    assert tab.page.evaluate(top) == before


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
