"""Cleaning and shortening texts, and the public part of names."""

from __future__ import annotations

import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from landing.activity.text import ELLIPSIS, ActorDisplay, clean, format_actor, shorten
from landing.models import TEXT_LENGTH

FAMILY = "👨‍👩‍👧‍👦"
#: Texts in which unusual characters are more frequent than by chance.
ANYTHING = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=("Cs", "Cc", "Cf", "Mn", "Zl", "Zp")),
        st.sampled_from("<>&\"'‮⁦⁩\0\u200d👩🏽🇩🇪e\u0301"),
    ),
    max_size=400,
)


@given(ANYTHING)
def test_a_clean_text_is_one_encodable_line(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert not [each for each in cleaned if unicodedata.category(each) in {"Cc", "Zl", "Zp"}]
    assert not set(cleaned) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
    assert clean(cleaned) == cleaned


@given(ANYTHING, st.integers(1, 300))
def test_shorten_cuts_between_graphemes_and_adds_an_ellipsis(text: str, length: int) -> None:
    text = clean(text)
    short = shorten(text, length)
    assert len(short) <= length
    if len(text) <= length:
        assert short == text
        return
    kept = short.removesuffix(ELLIPSIS)
    assert short.endswith(ELLIPSIS) and text.startswith(kept)
    boundaries = {0, *(each.end() for each in regex.finditer(r"\X", text))}
    # A trailing space is dropped.
    assert {len(kept), len(kept) + 1} & boundaries


@given(ANYTHING, st.sampled_from(ActorDisplay))
def test_a_formatted_name_is_a_prefix_of_the_name_or_someone(
    actor: str, display: ActorDisplay
) -> None:
    actor = clean(actor)
    shown = format_actor(actor, display)
    assert shown == "Someone" or actor.startswith(shown.removesuffix("."))


@pytest.mark.parametrize(
    ("display", "shown"),
    [
        (ActorDisplay.FULL, "Ana María Ruiz"),
        (ActorDisplay.FIRST_NAME, "Ana"),
        (ActorDisplay.INITIAL, "A."),
        (ActorDisplay.NOBODY, "Someone"),
    ],
)
def test_the_display_setting_limits_the_name(display: ActorDisplay, shown: str) -> None:
    assert format_actor("Ana María Ruiz", display) == shown
    assert format_actor("", display) == "Someone"


def test_an_initial_is_one_grapheme() -> None:
    assert format_actor("e\u0301lise", ActorDisplay.INITIAL) == "e\u0301."
    assert format_actor(FAMILY, ActorDisplay.INITIAL) == f"{FAMILY}."


@pytest.mark.parametrize("display", [ActorDisplay.FIRST_NAME, ActorDisplay.INITIAL])
def test_an_invisible_part_of_a_name_becomes_someone(display: ActorDisplay) -> None:
    assert format_actor(clean("\u2060 Ana"), display) == "Someone"
    assert format_actor("... Ana", display) != "Someone"


@pytest.mark.parametrize("text", ["", "  \n", "\0", "\u202e", "\u200b\u200d", "\u3164", "\ud800"])
def test_an_invisible_text_is_empty(text: str) -> None:
    assert clean(text) == ""


def test_direction_overrides_are_removed() -> None:
    assert clean("pay\u202eekaf\u2066 now") == "pay ekaf now"


def test_piled_up_marks_are_limited() -> None:
    assert len(clean("a" + "\u0301" * 1_000)) == 9


def test_joiners_and_markup_characters_are_kept() -> None:
    for text in (FAMILY, "می‌خواهم", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", '<b>bold</b> & "quoted"'):
        assert clean(text) == text


def test_long_texts_are_shortened_to_the_column_length() -> None:
    assert len(shorten(clean("word " * 2_000), TEXT_LENGTH)) <= TEXT_LENGTH
    assert shorten(FAMILY * 400, TEXT_LENGTH).removesuffix(ELLIPSIS) == FAMILY * 39
    assert shorten("👩\u200d" * 5_000 + "👩", TEXT_LENGTH) == ELLIPSIS
