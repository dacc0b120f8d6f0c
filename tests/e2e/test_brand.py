"""A brand by settings leaves no trace of the default one, and own markup keeps its own style."""

from __future__ import annotations

import io
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Route

from landing.brand import palette
from landing.brand.color import Color
from tests.e2e.painted_colors import painted_colors
from tests.e2e.visitors import NewVisitor, Tab
from tests.page.markup import Page
from tests.services import http
from tests.services.site import DaphneServer

NAME, COLOR, HEADLINE = "Acme", "#c2185b", "Who is in the shop?"
LOGO, STYLE = "/media/acme.svg", "/media/acme.css"
DASHBOARD = "/admin/landing/analytics/dashboard/"
DEFAULT_TEXTS = ("Here, now", "How many of us are here?", "Django administration")
DEFAULT_COLORS = ("#0b7a4c", "#12a56a", "#42dc93", "#4ee3a6")
#: In radians. The default colors differ by less from each other, and from Acme's by more.
NEARBY = 0.6
#: The chroma of a color that nobody would call gray.
COLORFUL = 0.02


@pytest.fixture(scope="module")
def server(
    production: dict[str, str], staffed_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DaphneServer]:
    database = shutil.copy(staffed_database, tmp_path_factory.mktemp("acme") / "site.sqlite3")
    server = DaphneServer(
        {
            **production,
            "DATABASE_URL": f"sqlite:///{database}",
            "LANDING_BRAND_NAME": NAME,
            "LANDING_BRAND_COLOR": COLOR,
            "LANDING_BRAND_LOGO": LOGO,
            "LANDING_BRAND_STYLESHEET": STYLE,
            "LANDING_HEADLINE": HEADLINE,
        }
    )
    try:
        server.manage("publish_activity", "joined", "--kind", "signup", "--actor", "Ana")
        server.start()
        yield server
    finally:
        server.close()


def serve_media(route: Route) -> None:
    """Answer as a web server that has the logo and the style sheet of the brand."""
    is_logo = route.request.url.endswith(LOGO)
    logo = (
        f'<svg xmlns="http://www.w3.org/2000/svg"><rect fill="{COLOR}" width="9" height="9"/></svg>'
    )
    route.fulfill(
        body=logo if is_logo else ":root{--acme:last}",
        content_type="image/svg+xml" if is_logo else "text/css",
    )


def is_of_default_brand(color: str) -> bool:
    _, chroma, hue = Color.parse(color).to_oklch()
    _, _, default_hue = Color.parse(DEFAULT_COLORS[0]).to_oklch()
    return chroma > COLORFUL and abs(hue - default_hue) < NEARBY


def expect_no_trace(tab: Tab) -> None:
    assert not [text for text in DEFAULT_TEXTS if text in tab.page.content()]
    assert not {color for color in painted_colors(tab) if is_of_default_brand(color)}
    assert {color for color in painted_colors(tab) if is_of_acme(color)}, "nothing has the color"


def is_of_acme(color: str) -> bool:
    _, chroma, hue = Color.parse(color).to_oklch()
    return chroma > COLORFUL and abs(hue - Color.parse(COLOR).to_oklch()[2]) < NEARBY


def test_no_page_has_a_trace_of_the_default_brand(
    new_visitor: NewVisitor, server: DaphneServer, staff_session: str
) -> None:
    visitor = new_visitor(server)
    visitor.context.route("**/media/*", serve_media)
    cookie = {"name": "sessionid", "value": staff_session, "url": server.url}
    visitor.context.add_cookies([cookie])  # type: ignore[list-item]
    tab = visitor.open()
    for path in ("/", "/nowhere/", "/privacy/", DASHBOARD, "/admin/"):
        tab.page.goto(server.url + path)
        assert tab.page.locator(".logo").get_attribute("alt") == NAME, path
        last = "[...document.styleSheets].at(-1).href"
        assert tab.page.evaluate(last) == server.url + STYLE, "the brand's own sheet comes last"
        for scheme in ("light", "dark"):
            tab.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            expect_no_trace(tab)
            rules = None if scheme == "light" else ["color-contrast"]
            assert tab.accessibility_violations(rules) == [], (path, scheme)
        tab.page.emulate_media(color_scheme="light")
    tab.page.goto(server.url + "/api/docs/")
    assert NAME in tab.page.title()
    assert not [text for text in DEFAULT_TEXTS if text in tab.page.content()]


def test_browsers_compute_the_colors_of_the_palette(
    new_visitor: NewVisitor, server: DaphneServer
) -> None:
    """The formulas in the style sheet and in Python are the same."""
    tab = new_visitor(server).open("/nowhere/")
    colors = palette.build(COLOR)
    for scheme, theme in {"light": colors.light, "dark": colors.dark}.items():
        tab.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for selector, expected in {"html": theme, ".board": colors.board}.items():
            for name, color in expected.items():
                painted = painted_colors(tab, f"var(--{name})", selector)
                difference = zip(channels(painted[0]), channels(color[:7]), strict=True)
                assert max(abs(a - b) for a, b in difference) <= 2, (scheme, selector, name)


def channels(color: str) -> list[int]:
    return [int(color[at : at + 2], 16) for at in (1, 3, 5)]


def test_the_share_card_and_the_icon_are_of_the_brand(server: DaphneServer) -> None:
    page = Page(http.get(server.url).text)
    card = {
        each.attributes["property"]: each.attributes["content"]
        for each in page.all("meta")
        if "property" in each.attributes
    }
    assert card["og:site_name"] == NAME
    assert card["og:title"] == page.one("title").text == HEADLINE
    picture = Image.open(io.BytesIO(http.get(card["og:image"]).content)).convert("RGB")
    assert picture.size == (1200, 630)
    counts = Counter({color: count for count, color in picture.getcolors(1 << 20) or ()})
    common = ["#{:02x}{:02x}{:02x}".format(*color) for color, _ in counts.most_common(20)]
    assert all(map(is_of_acme, common))

    (icon,) = (each for each in page.all("link") if each.attributes["rel"] == "icon")
    drawn = http.get(server.url + icon.attributes["href"])
    assert drawn.headers["Content-Type"] == "image/svg+xml"
    assert not [color for color in DEFAULT_COLORS if color in drawn.text]
    assert palette.build(COLOR).icon in drawn.text


#: Computed properties that the style sheets of the page set on their own elements.
PROPERTIES = (
    *("margin", "padding", "border", "background", "box-sizing", "position", "display"),
    *("clip-path", "outline", "text-decoration", "line-height", "letter-spacing", "visibility"),
    *("overflow", "transform", "list-style", "cursor", "font-size", "font-weight", "white-space"),
    *("text-wrap", "text-transform", "animation"),
)
OWN_MARKUP = """<h1>A</h1><h2>B</h2><h3>C</h3><p class="lead hidden">D</p><ul><li>E</li></ul>
    <a href="/">F</a><button class="button quiet">G</button><dl><dt>H</dt><dd>I</dd></dl>
    <pre>J</pre><section>K</section><b part="number" class="luc-reel">L</b><i part="motion">M</i>
    <s state="live" below><u part="words" class="luc-rolling luc-long">N</u></s>
    <q part="dot"></q>"""


def test_own_markup_on_the_page_keeps_its_own_style(
    new_visitor: NewVisitor, server: DaphneServer
) -> None:
    """The same markup in an empty frame with the text style of the page is the measure."""
    tab = new_visitor(server).open()
    changed = tab.page.evaluate(
        """async ([markup, properties]) => {
          const frame = document.createElement("iframe");
          frame.srcdoc = `<!doctype html><html lang="en"><body><main></main><section></section>`;
          const loaded = new Promise((resolve) => (frame.onload = resolve));
          document.body.append(frame);
          await loaded;
          const { color, font } = getComputedStyle(document.body);
          const plain = frame.contentDocument;
          Object.assign(plain.body.style, { color, font, lineHeight: 1.6 });
          const read = (place) => {
            const box = place.ownerDocument.createElement("div");
            const nodes = new DOMParser().parseFromString(markup, "text/html").body.childNodes;
            box.append(...nodes);
            place.append(box);
            box.style.textAlign = "start";
            const window = place.ownerDocument.defaultView;
            return [...box.querySelectorAll("*")].flatMap((each) => {
              const style = window.getComputedStyle(each);
              return properties.map((name) =>
                `${each.localName} ${name}: ${style.getPropertyValue(name)}`);
            });
          };
          const compare = (name, selector) => {
            const expected = read(plain.querySelector(name));
            return read(document.querySelector(selector)).filter((it) => !expected.includes(it));
          };
          return [...compare("main", "main"), ...compare("section", ".hero")];
        }""",
        [OWN_MARKUP, list(PROPERTIES)],
    )
    assert changed == []
