from __future__ import annotations

import pytest
from django.utils import translation

from landing.activity import kinds
from landing.activity.kinds import ActivityKind, known, register

LINE = "M4 12h16"


@pytest.fixture(autouse=True)
def _only_for_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", dict(known()))


def test_four_kinds_come_with_the_app() -> None:
    with translation.override("en"):
        names = {slug: str(kind.name) for slug, kind in known().items()}

    assert names == {
        "signup": "Sign-up",
        "purchase": "Purchase",
        "campaign": "Campaign",
        "milestone": "Milestone",
    }


def test_each_kind_has_an_icon_of_its_own() -> None:
    icons = [kind.icon for kind in known().values()]

    assert all(icon.startswith("M") for icon in icons)
    assert len(set(icons)) == len(icons)


def test_a_site_adds_a_kind_of_its_own() -> None:
    register("review", "Review", LINE)

    assert known()["review"] == ActivityKind("Review", LINE)
    assert list(known())[-1] == "review"


def test_registering_again_replaces() -> None:
    register("signup", "New member", LINE)

    assert known()["signup"] == ActivityKind("New member", LINE)
    assert len(known()) == 4


@pytest.mark.parametrize(
    "slug", ["", "Review", "9lives", "-x", "a b", "a.b", "é", "a\n", "a" * 33, '"><script>']
)
def test_a_slug_is_a_short_plain_word(slug: str) -> None:
    with pytest.raises(ValueError, match="is no slug"):
        register(slug, "Review", LINE)
    assert len(known()) == 4


def test_a_slug_may_have_32_characters() -> None:
    register("a" * 32, "Long", LINE)


@pytest.mark.parametrize(
    "icon", ["", '"/><script>', "M0 0<", "url(#x)", "M4 12h16\n", "M4 12e3", "M0&#0;"]
)
def test_an_icon_is_path_data_and_nothing_else(icon: str) -> None:
    with pytest.raises(ValueError, match="must be SVG path data"):
        register("review", "Review", icon)
    assert "review" not in known()


def test_nobody_changes_the_kinds_from_outside() -> None:
    with pytest.raises(TypeError):
        known()["signup"] = ActivityKind("Bot", LINE)  # type: ignore[index]
