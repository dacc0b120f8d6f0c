"""The rolling digits show the number whatever style sheet, font, and zoom the reader has."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.played import VERSION, frame, play_server
from tests.e2e.visitors import NewVisitor, Tab

#: Each is a style sheet of a reader, or what a setting of the browser amounts to.
SHEETS = {
    "none": "",
    "text spacing (WCAG 1.4.12)": """* { line-height: 1.5 !important;
        letter-spacing: .12em !important; word-spacing: .16em !important }
        p { margin-block-end: 2em !important }""",
    "double leading": "* { line-height: 2 !important }",
    "little leading": "* { line-height: .8 !important }",
    "pseudo-elements, too": """*, *::before, *::after { line-height: 3 !important;
        letter-spacing: .3em !important }""",
    "a wide font": "* { font-family: 'DejaVu Sans Mono', monospace !important }",
    "text zoom of 200 %": "html { font-size: 200% !important }",
    "one size for everything": "* { font-size: 24px !important }",
    "from right to left": "* { direction: rtl !important }",
    "no generated content": "*::before, *::after { content: none !important }",
}
#: Without the reel, only the text of each slot is left.
PLAIN = """.luc-reel {
        clip-path: none !important; mask: none !important; overflow: visible !important
    }
    .luc-reel::before { content: none !important }"""
#: With little leading, the pulsing dot below is in the picture.
ONLY_THE_NUMBER = "[part=caption] { visibility: hidden }"
SHOWN = """() => {
  const digits = document.querySelector("[part=digits]");
  const box = (element) => {
    const { left, right } = element.getBoundingClientRect();
    return [left, right];
  };
  return {
    text: digits.textContent,
    slots: [...digits.children].map(box),
    counter: box(document.querySelector("live-user-counter")),
    rolling: digits.querySelectorAll(".luc-rolling").length,
  };
}"""


#: Returns each digit with the line of its reel that is in its place when it has come to rest, and
#: the height of that place in lines. A style sheet without generated content has no reels.
REELS = """() => [...document.querySelectorAll(".luc-reel")].flatMap((slot) => {
  const reel = getComputedStyle(slot, "::before");
  if (reel.content === "none") return [];
  const line = parseFloat(reel.height) / 10;
  const offset = -new DOMMatrix(reel.transform).m42;
  return [[+slot.textContent, offset / line, parseFloat(getComputedStyle(slot).height) / line]];
})"""


class Reader:
    """A visitor whose number the test plays, under one style sheet after the other."""

    def __init__(self, new_visitor: NewVisitor, people: int, **options: Any) -> None:
        visitor = new_visitor(**options)
        self._version = VERSION
        self._sockets = play_server(visitor, frame(people - 1))
        self.tab = visitor.open()
        expect(self.tab.part("figure")).to_have_text(f"{people - 1:,}")

    def show(self, people: int) -> None:
        """Let the number change, and wait until the digits rest."""
        self._version += 1
        self._sockets[0].send(frame(people, self._version))
        expect(self.tab.part("figure")).to_have_text(f"{people:,}")
        expect(self.tab.page.locator(".luc-rolling")).to_have_count(0)

    def check(self, people: int, sheet: str) -> None:
        """Check that a style sheet neither cuts nor changes the number that is painted."""
        style = self.tab.page.add_style_tag(content=f"/* sheet */ {sheet}")
        self.show(people)
        check_shown(self.tab, f"{people:,}")
        style.evaluate("(style) => style.remove()")


def check_shown(tab: Tab, text: str) -> None:
    shown = tab.page.evaluate(SHOWN)
    assert shown["text"] == text
    left, right = shown["counter"]
    for first, last in shown["slots"]:
        assert left - 1 <= first < last <= right + 1
    for (_, last), (first, _) in zip(shown["slots"], shown["slots"][1:], strict=False):
        assert last <= first + 1, "the digits are in one line, and none covers another"
    painted, plain = (
        tab.part("number").screenshot(animations="disabled", style=ONLY_THE_NUMBER + style)
        for style in ("", PLAIN)
    )
    assert painted == plain
    for digit, shown_line, lines in tab.page.evaluate(REELS):
        assert (shown_line, lines) == (pytest.approx(digit, abs=0.02), pytest.approx(1, abs=0.02))


def test_the_digits_show_the_number_whatever_the_style_sheet_of_the_reader(
    new_visitor: NewVisitor,
) -> None:
    reader = Reader(new_visitor, 3560, viewport={"width": 1000, "height": 900})
    for number, (name, sheet) in enumerate(SHEETS.items()):
        reader.check(4789 + 111 * number, sheet)
        reader.tab.save_screenshot(f"digits-{name.partition(' ')[0]}", reader.tab.counter)


@pytest.mark.parametrize("people", [999_999, 9_876_543_210])
def test_a_large_number_fits_on_the_smallest_screen(new_visitor: NewVisitor, people: int) -> None:
    reader = Reader(new_visitor, people - 10, viewport={"width": 320, "height": 700})
    for number, sheet in enumerate(SHEETS.values()):
        reader.check(people - number, sheet)
    reader.tab.page.set_viewport_size({"width": 800, "height": 320})
    reader.check(people, SHEETS["text spacing (WCAG 1.4.12)"])


@pytest.mark.parametrize(
    "options",
    [{"forced_colors": "active"}, {"reduced_motion": "reduce"}, {"color_scheme": "dark"}],
    ids=str,
)
def test_the_digits_show_the_number_with_the_preferences_of_the_reader(
    new_visitor: NewVisitor, options: dict[str, Any]
) -> None:
    Reader(new_visitor, 99, **options).check(100, SHEETS["text spacing (WCAG 1.4.12)"])


@pytest.mark.parametrize("language", ["ar", "de"])
def test_the_digits_run_from_left_to_right_in_every_language(
    new_visitor: NewVisitor, language: str
) -> None:
    visitor = new_visitor(locale=language)
    play_server(visitor, frame(12_345))
    tab = visitor.open()
    expect(tab.page.locator(".luc-reel")).to_have_count(5)
    separator = {"ar": ",", "de": "."}[language]
    check_shown(tab, f"12{separator}345")


def test_only_a_digit_that_moves_is_a_reel(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    sockets = play_server(visitor, frame(1_234))
    tab = visitor.open()
    expect(tab.part("figure")).to_have_text("1,234")
    expect(tab.page.locator(".luc-rolling")).to_have_count(0)
    tab.page.evaluate("document.documentElement.style.setProperty('--luc-roll', '1000s')")

    sockets[0].send(frame(1_239, VERSION + 1))

    expect(tab.page.locator(".luc-rolling")).to_have_text(["9"])
    sockets[0].send(frame(1_250, VERSION + 2))
    expect(tab.page.locator(".luc-rolling")).to_have_text(["5", "0"])
    tab.page.evaluate("for (const each of document.getAnimations()) each.finish()")
    expect(tab.page.locator(".luc-rolling")).to_have_count(0)


def test_without_motion_no_digit_is_a_reel(new_visitor: NewVisitor) -> None:
    visitor = new_visitor(reduced_motion="reduce")
    sockets = play_server(visitor, frame(1_234))
    tab = visitor.open()
    expect(tab.part("figure")).to_have_text("1,234")
    sockets[0].send(frame(1_239, VERSION + 1))
    expect(tab.part("figure")).to_have_text("1,239")
    assert tab.page.evaluate(SHOWN)["rolling"] == 0
