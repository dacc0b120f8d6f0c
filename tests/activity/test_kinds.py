"""Registering kinds of activity, and what a slug and an icon may contain."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from landing.activity import kinds
from landing.activity.kinds import KINDS, ActivityKind, register

LINE = "M4 12h16"


@pytest.fixture(autouse=True)
def _restore_kinds() -> Iterator[None]:
    before = dict(KINDS)
    yield
    kinds._kinds.clear()
    kinds._kinds.update(before)


def test_the_app_registers_its_kinds() -> None:
    with translation.override("en"):
        names = {slug: str(kind.name) for slug, kind in KINDS.items()}

    assert names == {
        "signup": "Sign-up",
        "purchase": "Purchase",
        "campaign": "Campaign",
        "milestone": "Milestone",
    }


def test_every_kind_has_its_own_icon() -> None:
    icons = [kind.icon for kind in KINDS.values()]

    assert all(icon.startswith("M") for icon in icons)
    assert len(set(icons)) == len(icons)


def test_a_site_can_register_a_kind() -> None:
    register("review", "Review", LINE)

    assert KINDS["review"] == ActivityKind("Review", LINE)
    assert list(KINDS)[-1] == "review"


def test_registering_a_slug_again_replaces_the_kind() -> None:
    slugs = list(KINDS)
    register("signup", "New member", LINE)

    assert KINDS["signup"] == ActivityKind("New member", LINE)
    assert list(KINDS) == slugs


@pytest.mark.parametrize(
    "slug", ["", "Review", "9lives", "-x", "a b", "a.b", "é", "a\n", "a" * 33, '"><script>']
)
def test_an_invalid_slug_raises_value_error(slug: str) -> None:
    slugs = list(KINDS)
    with pytest.raises(ValueError, match="The slug of a kind must match"):
        register(slug, "Review", LINE)
    assert list(KINDS) == slugs


def test_a_slug_may_have_32_characters() -> None:
    register("a" * 32, "Long", LINE)
    assert "a" * 32 in KINDS


@pytest.mark.parametrize(
    "icon", ["", '"/><script>', "M0 0<", "url(#x)", "M4 12h16\n", "M4 12e3", "M0&#0;"]
)
def test_an_icon_that_is_not_path_data_raises_value_error(icon: str) -> None:
    with pytest.raises(ValueError, match="must be path data"):
        register("review", "Review", icon)
    assert "review" not in KINDS


def test_the_mapping_of_kinds_is_read_only() -> None:
    with pytest.raises(TypeError):
        KINDS["signup"] = ActivityKind("Bot", LINE)  # type: ignore[index]
