"""The elements look right in the pages of other projects, whatever style sheets those have."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import expect

from tests.e2e.host_pages import HOSTILE, PREFLIGHT, REBOOT, SHEET, HostPages
from tests.e2e.painted import expect_painted
from tests.e2e.visitors import NewVisitor, Tab
from tests.services.site import ROOT

DARK = "body { background: #16181d; color: #e8e8ee }"
#: Computed properties of the content. The font, and what depends on the text color, is the page's.
PROPERTIES = (
    *("display", "position", "float", "margin", "padding", "border-width", "border-radius"),
    *("background-color", "list-style-type", "text-transform", "letter-spacing", "font-size"),
    *("font-weight", "font-style", "line-height", "text-align", "box-shadow", "visibility"),
)
#: Returns the properties of all content, and whether pseudo-elements paint something.
COMPUTED = """(names) => [...document.querySelectorAll(
    "live-user-counter *, live-activity-feed *, live-places *")]
  .filter((each) => !each.closest("svg, template, noscript") && !each.closest("[part=digits]"))
  .map((each) => {
    const style = getComputedStyle(each);
    const contents = ["::before", "::after"].map((name) => getComputedStyle(each, name).content);
    const name = each.getAttribute("part") ?? each.localName;
    return [name, ...contents, ...names.map((name) => `${name}: ${style.getPropertyValue(name)}`)];
  })"""


def computed(tab: Tab, *more: str) -> list[list[str]]:
    tab.expect_state("live")
    expect_painted(tab, "1,234")
    content: list[list[str]] = tab.page.evaluate(COMPUTED, [*PROPERTIES, *more])
    assert len(content) > 25
    return content


def test_rules_of_a_page_for_all_its_elements_change_nothing(new_visitor: NewVisitor) -> None:
    pages = HostPages(new_visitor())
    own = computed(pages.open(), "color", "font-family", "border-color")

    hostile = computed(pages.open(HOSTILE), "color", "font-family", "border-color")

    assert [each for each in hostile if each not in own] == []


@pytest.mark.parametrize("sheet", [REBOOT, PREFLIGHT], ids=["reboot", "preflight"])
def test_the_resets_of_frameworks_change_nothing(new_visitor: NewVisitor, sheet: str) -> None:
    pages = HostPages(new_visitor())
    body = "body { background: #fff; color: #212529 }"
    own = computed(pages.open(body))

    assert [each for each in computed(pages.open(sheet + body)) if each not in own] == []


@pytest.mark.parametrize("sheet", ["", DARK, "body { color: #444; background: #eee }"])
def test_the_colors_are_readable_on_light_and_dark_pages(
    new_visitor: NewVisitor, sheet: str
) -> None:
    tab = HostPages(new_visitor()).open(sheet)
    tab.expect_state("live")

    assert tab.accessibility_violations(["color-contrast"]) == []
    tab.save_screenshot(f"host-{'dark' if sheet == DARK else 'light'}")


def test_the_accent_follows_the_text_color_or_is_that_of_the_page(new_visitor: NewVisitor) -> None:
    pages = HostPages(new_visitor())
    fill = "getComputedStyle(document.querySelector('[part=icon]')).fill"
    sheets = ("", DARK, ":root { --luc-accent: rgb(194, 24, 91) }", f"{DARK} {HOSTILE}")
    light, dark, own, hostile = (pages.open(sheet).page.evaluate(fill) for sheet in sheets)

    assert len({light, dark, own}) == 3
    assert own == "rgb(194, 24, 91)"
    assert hostile == dark


def test_a_page_keeps_its_own_root_and_its_own_classes(new_visitor: NewVisitor) -> None:
    markup = '<p class="board landing reel">A</p><h2>B</h2><button>C</button><p part="number">D</p>'
    pages = HostPages(new_visitor(color_scheme="dark"))
    read = """() => ["html", "body", ".board", "h2", "button", "p[part]"].map((selector) =>
      [...getComputedStyle(document.querySelector(`${selector}:not(live-activity-feed *)`))]
        .filter((name) => !/size|width|height|origin|transition/.test(name))
        .map((name) => getComputedStyle(document.querySelector(
          `${selector}:not(live-activity-feed *)`)).getPropertyValue(name)))"""
    without = pages.open(layout=markup).page.evaluate(read)

    assert pages.open(layout=markup + "{counter}{feed}").page.evaluate(read) == without


@pytest.mark.parametrize("where", ["before", "after"])
def test_rules_of_a_page_for_a_part_win_in_any_order(new_visitor: NewVisitor, where: str) -> None:
    rule = (
        "live-user-counter [part=subtext] { display: none } live-places [part=item] { margin: 9px }"
    )
    layout = "{counter}{feed}{places}"
    pages = HostPages(new_visitor())
    tab = (
        pages.open(rule, layout)
        if where == "before"
        else pages.open("", f"{layout}<style>{rule.replace('{', '{{').replace('}', '}}')}</style>")
    )
    tab.expect_state("live")

    expect(tab.part("subtext")).to_be_hidden()
    margin = "getComputedStyle(document.querySelector('live-places li')).marginTop"
    assert tab.page.evaluate(margin) == "9px"


LAYOUTS = {
    "row": '<div style="display: flex; gap: 1rem"><a href="/">Home</a>{counter}</div>{feed}',
    "centered column": '<div style="display: flex; flex-direction: column; align-items: center">'
    "{counter}{feed}</div>",
    "automatic columns": '<div style="display: grid; grid-template-columns: auto; '
    'justify-content: start">{counter}{feed}</div>',
    "centered grid": '<div style="display: grid; place-items: center">{counter}{feed}</div>',
    "paragraph": "<p>Here: {counter} You, too?</p>{feed}",
    "float": '<div style="float: left">{counter}</div><div style="clear: both">{feed}</div>',
}


@pytest.mark.parametrize("width", [320, 1440])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_the_elements_fit_into_flex_boxes_and_grids(
    new_visitor: NewVisitor, layout: str, width: int
) -> None:
    visitor = new_visitor(viewport={"width": width, "height": 900})
    tab = HostPages(visitor).open(REBOOT, layout)
    tab.expect_state("live")
    expect_painted(tab, "1,234")

    expect(tab.counter.locator("[part=caption]")).to_be_visible()
    box = tab.counter.bounding_box()
    assert box is not None and box["width"] >= 150, "the number keeps a width of its own"
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    "options",
    [{}, {"java_script_enabled": False}, {"forced_colors": "active"}],
    ids=["scripts", "no scripts", "forced colors"],
)
@pytest.mark.parametrize("has_styles", [True, False])
def test_every_text_is_shown_once_also_without_the_style_sheet(
    new_visitor: NewVisitor, options: dict[str, Any], has_styles: bool
) -> None:
    tab = HostPages(new_visitor(**options)).open(has_styles=has_styles)
    hidden = ["motion"] if not options.get("java_script_enabled", True) or not has_styles else []
    if options.get("java_script_enabled", True):
        tab.expect_state("live")
        expect_painted(tab, "1,234")
        for part in ("words", "announcement", "log"):
            text = tab.page.locator(f"[part={part}]").inner_text()
            assert text == "" or part == "words", part
        expect(tab.part("words")).to_be_hidden()
    else:
        # Nobody is here before the first script, so the words stand for the number.
        expect(tab.part("words")).to_be_visible()
        expect(tab.part("figure")).to_be_hidden()
        hidden += ["caption", "subtext", "more"]
    for part in hidden:
        expect(tab.part(part)).to_be_hidden()


def test_a_browser_without_nested_rules_shows_every_text_once(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    source = (ROOT / f"static/{SHEET}.css").read_text()
    flat = re.sub(r"^  \S[^{}]*\{[^{}]*\}\n", "", source, flags=re.MULTILINE)
    assert "--luc-used-roll" in flat and "--luc-styled" not in flat
    visitor.context.route(
        f"**/{SHEET}*.css", lambda route: route.fulfill(body=flat, content_type="text/css")
    )
    tab = HostPages(visitor).open()
    tab.expect_state("live")

    expect(tab.part("figure")).to_have_text("1,234")
    expect(tab.part("digits")).to_be_empty()
    expect(tab.part("motion")).to_be_hidden()


def test_parts_of_a_page_with_our_names_keep_their_size(new_visitor: NewVisitor) -> None:
    other = '<p part="digits" style="width: 50px; overflow: scroll">{places}<b>1234567890</b></p>'
    tab = HostPages(new_visitor()).open(layout="{counter}{feed}" + other)
    tab.expect_state("live")
    expect_painted(tab, "1,234")

    assert tab.page.locator("p[part=digits]").evaluate("(each) => each.style.scale") == ""


def test_an_element_can_be_hidden(new_visitor: NewVisitor) -> None:
    tab = HostPages(new_visitor()).open(attributes="hidden")

    expect(tab.counter).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_own_page_about_privacy_is_accessible(new_visitor: NewVisitor, scheme: str) -> None:
    source = render_to_string("live_user_counter/privacy.html", {"outcome": "unknown"})
    visitor = new_visitor(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    visitor.context.route(
        visitor.site.url + "/",
        lambda route: route.fulfill(response=route.fetch(), body=source),
    )
    tab = visitor.open()

    expect(tab.page.get_by_role("heading", level=1)).to_be_visible()
    assert tab.accessibility_violations() == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 360
    tab.save_screenshot(f"own-privacy-{scheme}")
