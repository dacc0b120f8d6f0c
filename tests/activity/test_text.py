from __future__ import annotations

import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from landing.activity.text import ELLIPSIS, ActorDisplay, clean, format_actor, shorten
from landing.models import TEXT_LENGTH

FAMILY = "👨‍👩‍👧‍👦"
#: What people and programs write, the odd part of it more often than by chance.
ANYTHING = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=("Cs", "Cc", "Cf", "Mn", "Zl", "Zp")),
        st.sampled_from("<>&\"'‮⁦⁩\0\u200d👩🏽🇩🇪e\u0301"),
    ),
    max_size=400,
)


@given(ANYTHING)
def test_what_comes_out_is_one_line_that_every_encoding_can_write(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert not [each for each in cleaned if unicodedata.category(each) in {"Cc", "Zl", "Zp"}]
    assert not set(cleaned) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
    assert clean(cleaned) == cleaned


@given(ANYTHING, st.integers(1, 300))
def test_a_text_is_cut_between_graphemes_and_says_so(text: str, length: int) -> None:
    text = clean(text)
    short = shorten(text, length)
    assert len(short) <= length
    if len(text) <= length:
        assert short == text
        return
    kept = short.removesuffix(ELLIPSIS)
    assert short.endswith(ELLIPSIS) and text.startswith(kept)
    boundaries = {0, *(each.end() for each in regex.finditer(r"\X", text))}
    # A blank at the end is not kept.
    assert {len(kept), len(kept) + 1} & boundaries


@given(ANYTHING, st.sampled_from(ActorDisplay))
def test_a_name_is_shown_as_a_part_of_itself_or_as_someone(
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
def test_how_much_of_a_name_is_shown_is_a_choice(display: ActorDisplay, shown: str) -> None:
    assert format_actor("Ana María Ruiz", display) == shown
    assert format_actor("", display) == "Someone"


def test_an_initial_is_what_people_take_for_one_letter() -> None:
    assert format_actor("e\u0301lise", ActorDisplay.INITIAL) == "e\u0301."
    assert format_actor(FAMILY, ActorDisplay.INITIAL) == f"{FAMILY}."


@pytest.mark.parametrize("display", [ActorDisplay.FIRST_NAME, ActorDisplay.INITIAL])
def test_a_part_of_a_name_that_cannot_be_seen_is_nobody_s(display: ActorDisplay) -> None:
    assert format_actor(clean("\u2060 Ana"), display) == "Someone"
    assert format_actor("... Ana", display) != "Someone"


@pytest.mark.parametrize("text", ["", "  \n", "\0", "\u202e", "\u200b\u200d", "\u3164", "\ud800"])
def test_what_cannot_be_seen_is_nothing(text: str) -> None:
    assert clean(text) == ""


def test_an_override_of_the_direction_does_not_reach_beyond_the_text() -> None:
    assert clean("pay\u202eekaf\u2066 now") == "pay ekaf now"


def test_marks_do_not_pile_up_over_other_lines() -> None:
    assert len(clean("a" + "\u0301" * 1_000)) == 9


def test_what_joins_emoji_and_words_stays() -> None:
    for text in (FAMILY, "می‌خواهم", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", '<b>bold</b> & "quoted"'):
        assert clean(text) == text


def test_ten_kilobytes_are_cut_to_what_there_is_room_for() -> None:
    assert len(shorten(clean("word " * 2_000), TEXT_LENGTH)) <= TEXT_LENGTH
    assert shorten(FAMILY * 400, TEXT_LENGTH).removesuffix(ELLIPSIS) == FAMILY * 39
    assert shorten("👩\u200d" * 5_000 + "👩", TEXT_LENGTH) == ELLIPSIS
