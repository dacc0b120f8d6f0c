"""Pages of other projects around the elements, with the style sheets that such pages have."""

from __future__ import annotations

import re

from playwright.sync_api import Route

from tests.e2e.played import frame, play_server
from tests.e2e.visitors import Tab, Visitor

SHEET = "live_user_counter/live-user-counter"
#: Resets and rules for all elements of a kind, also by names that the site of this project has.
HOSTILE = """
* { all: revert }
p, span, b, bdi, time { color: red; font: italic 40px monospace; margin: 50px }
span, b, bdi, time { display: block; background: yellow }
button, [type=button] { background: blue; color: yellow; padding: 30px; border: 9px solid red;
  border-radius: 0; width: 100%; text-transform: uppercase; box-shadow: 0 0 9px red }
h2 { color: red; font: 60px serif; border-bottom: 9px solid red; text-transform: uppercase }
ol, ul { margin: 60px; padding: 60px; list-style: square }
li { background: pink; margin: 30px; float: left; width: 10% }
li::before, span::after, p::before { content: ">>>"; display: block }
section div { border: 3px solid red; padding: 9px; float: right; text-align: right }
svg { width: 200px; height: 200px; fill: red; stroke: blue; margin: 20px; float: left }
a { color: red; font-size: 40px; text-decoration: none; display: block }
.board { background: #fff; color: #fff }
.landing, .reel, .long, .rolling, .button { display: none }
:root { --live: red; --ink: red; --soft: red; --card: red; --line: red; --glow: red; --s1: 90px }
"""
#: As in Bootstrap.
REBOOT = """
*, *::before, *::after { box-sizing: border-box }
body { margin: 0; font-family: sans-serif; line-height: 1.5; color: #212529; background: #fff }
h1, h2 { margin-top: 0; margin-bottom: .5rem; font-weight: 500; line-height: 1.2 }
p { margin-top: 0; margin-bottom: 1rem }
ol, ul { padding-left: 2rem; margin-top: 0; margin-bottom: 1rem }
button { border-radius: 0 }
button, input { margin: 0; font-family: inherit; font-size: inherit; line-height: inherit }
button, [type=button] { -webkit-appearance: button }
[type=button]:not(:disabled), button:not(:disabled) { cursor: pointer }
svg { vertical-align: middle }
a { color: #0d6efd; text-decoration: underline }
[hidden] { display: none !important }
"""
#: As in Tailwind.
PREFLIGHT = """
*, ::before, ::after { box-sizing: border-box; border: 0 solid #e5e7eb; margin: 0; padding: 0 }
html { line-height: 1.5; font-family: sans-serif }
h1, h2 { font-size: inherit; font-weight: inherit }
ol, ul { list-style: none }
svg, img { display: block; vertical-align: middle }
button, input { font: inherit; letter-spacing: inherit; color: inherit; border-radius: 0 }
button, [type=button] { -webkit-appearance: button; background: none; opacity: 1 }
a { color: inherit; text-decoration: inherit }
[hidden]:where(:not([hidden=until-found])) { display: none !important }
"""
#: The page of a project. Its own sheet comes first, and the tags load the one of the elements.
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{sheet}</style></head>
<body><main><h1>A shop</h1>{content}</main></body></html>"""
PLACES = """<live-places limit="2" words='{}'><ol part="list" aria-label="Busiest pages">
  <li part="item"><a part="place" href="/shoes"><bdi>/shoes</bdi></a>
  <span part="people">5 people</span></li></ol><div part="note" hidden></div></live-places>"""


class HostPages:
    """Opens pages of another project with the elements as the tags render them."""

    def __init__(self, visitor: Visitor, people: int = 1_234) -> None:
        self._visitor = visitor
        play_server(visitor, frame(people))

    def open(
        self,
        sheet: str = "",
        layout: str = "<section>{counter}{feed}{places}</section>",
        *,
        has_styles: bool = True,
        attributes: str = "",
    ) -> Tab:
        """Open a page. ``layout`` is its content, and ``attributes`` those of the counter."""

        def fulfill(route: Route) -> None:
            answer = route.fetch()
            source = answer.text()
            link = _find(f'<link rel="stylesheet" href="[^"]*{SHEET}[^"]*">', source)
            script = _find(r"<script[^>]*></script>", source)
            counter = _find("<live-user-counter.*?</live-user-counter>", source)
            parts = {
                "counter": (link if has_styles else "")
                + counter.replace("<live-user-counter", f"<live-user-counter {attributes}")
                + script,
                "feed": _find("<live-activity-feed.*?</live-activity-feed>", source),
                "places": PLACES,
            }
            content = layout.format(**parts)
            route.fulfill(response=answer, body=PAGE.format(sheet=sheet, content=content))

        address = self._visitor.site.url + "/"
        self._visitor.context.unroute(address)
        self._visitor.context.route(address, fulfill)
        return self._visitor.open()


def _find(pattern: str, source: str) -> str:
    found = re.search(pattern, source, re.DOTALL)
    assert found is not None, pattern
    return found[0]
