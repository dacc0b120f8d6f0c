from __future__ import annotations

import pytest

from landing.content.logo.style_rules import StyleRules, names_of

NAMES = names_of("path", {"id": "mark", "class": "x y"})


@pytest.mark.parametrize(
    "selector",
    [
        "path",
        ".y",
        "#mark",
        "path.x.y",
        "g > .x",
        ".z,path",
        "*",
        "[d]",
        ".x:hover",
        "@media all{.x",
    ],
)
def test_a_rule_counts_for_the_elements_that_it_may_mean(selector: str) -> None:
    rules = StyleRules(f"{selector}{{fill: url('#a%20b') #fff}}")

    assert list(rules.references(NAMES)) == ["a b", "fff"]


@pytest.mark.parametrize("selector", ["g", ".z", "#x", "path.z", ".x g", "path > g:hover"])
def test_a_rule_of_other_elements_does_not_count(selector: str) -> None:
    assert not list(StyleRules(f"{selector}{{fill:url(#a)}}").references(NAMES))


def test_comments_and_unfinished_rules_are_ignored() -> None:
    sheet = "/* path{fill:url(#a)} */ path{fill:url(#b)} } path{fill:red} /* path{fill:url(#c)}"

    assert list(StyleRules(sheet).references(NAMES)) == ["b"]
