from __future__ import annotations

import pytest

from landing.content.logo import svg
from landing.content.logo.copies import MAX_DRAWN, MAX_LEVELS
from landing.content.logo.reader import UnusableError

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink"'


def check(body: str) -> None:
    svg.check(f"{OPEN}>{body}</svg>".encode())


def refuse(body: str) -> None:
    with pytest.raises(UnusableError, match="repeats its parts too often"):
        check(body)


def chain(levels: int, copies: int, reference: str = '<use href="#{}"/>') -> str:
    """Return groups of which each has copies of the one before."""
    groups = ['<g id="a0"><path d=""/></g>']
    for level in range(1, levels + 1):
        groups.append(f'<g id="a{level}">{copies * reference.format(f"a{level - 1}")}</g>')
    return "".join(groups)


def test_a_picture_may_repeat_its_parts() -> None:
    check(chain(1, 1_000))
    check(chain(3, 10))
    check('<g fill="#c2185b" id="fff"/>' + 100 * '<path fill="url(#none)" stroke="#c2185b"/>')
    # An editor's name of the element, a link, and the target of an animation are not drawn.
    check('<path id="a" xmlns:i="http://www.inkscape.org/namespaces/inkscape" i:label="#a"/>')
    check('<a id="a" href="#a"><g id="b"><animate x:href="#b"/></g></a>')
    check('<linearGradient id="a"><stop/></linearGradient>' + 2_000 * '<path fill="url(#a)"/>')


@pytest.mark.parametrize(
    "reference",
    ['<use href="#{}"/>', '<use x:href="#{}"/>', "<rect fill=\"url('#{}')\"/>"],
)
def test_copies_of_copies_are_counted_without_making_them(reference: str) -> None:
    refuse(chain(15, 10, reference))
    refuse(chain(MAX_LEVELS - 1, 2, reference))


def test_many_copies_of_one_group_are_too_many() -> None:
    refuse(f'<g id="a">{300 * "<g/>"}</g>' + (MAX_DRAWN // 300) * '<use href="#a"/>')


def test_references_are_resolved_as_browsers_do() -> None:
    group = f'<g id="a">{300 * "<g/>"}</g>'
    copies = MAX_DRAWN // 300
    refuse(group + '<g id="a"/>' + copies * '<use href="#a"/>')
    check('<g id="a"/>' + group + copies * '<use href="#a"/>')
    refuse(group + copies * '<use href="#%61"/>')


def test_a_picture_that_contains_itself_has_no_end() -> None:
    refuse('<g id="a"><use href="#a"/></g>')
    refuse('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>')


def test_too_many_levels_are_refused_even_with_few_copies() -> None:
    check(chain(MAX_LEVELS - 2, 1))
    refuse(chain(MAX_LEVELS + 2, 1))


def styled(levels: int, selector: str) -> str:
    """Return masks of which each masks ten parts with the one before, by a style sheet."""
    sheet, masks = "", '<mask id="a0"><path class="b0" d=""/></mask>'
    for level in range(1, levels + 1):
        sheet += f"{selector.format(level)}{{ mask: url(#a{level - 1}) }}"
        part = f'<path class="x b{level}"/>'
        masks += f'<mask id="a{level}">{10 * part}</mask>'
    return f"{masks}<style>/* {{ */<style/><g/> {sheet}</style>"


@pytest.mark.parametrize(
    "selector", [".b{}", "path.b{}", "#no, svg &gt; .b{}:not(.c)", "@media all {{ .x.b{}"]
)
def test_copies_of_style_sheets_are_counted(selector: str) -> None:
    check(styled(3, selector))
    refuse(styled(6, selector))


def test_rules_of_other_elements_do_not_count() -> None:
    check(styled(6, ".c{}"))
    check(styled(6, "rect.b{}"))
    check('<g><clipPath id="a"><path/></clipPath></g><style>svg g .b{clip-path:url(#a)}</style>')


def test_a_rule_for_every_element_contains_itself() -> None:
    refuse('<mask id="a"><path/></mask><style>*{mask:url(#a)}</style>')
    refuse('<mask id="a"><path/></mask><style>[id]{mask:url(#a)}</style>')


def test_many_rules_for_many_elements_are_refused_early() -> None:
    refuse('<g id="a"/>' + 3_000 * "<g/>" + f"<style>{3_000 * 'g{fill:url(#a)}'}</style>")
    refuse(f"<style>{','.join(15_000 * ['g'])}{{{15_000 * '#a '}}}</style><g/>")


@pytest.mark.parametrize("text", ["a", "/*", "{", "}", "#", "[", "&gt;"])
def test_a_sheet_without_rules_costs_little(text: str) -> None:
    """A quadratic search would take minutes."""
    check(f"<style>{99_000 // len(text) * text}</style>")
