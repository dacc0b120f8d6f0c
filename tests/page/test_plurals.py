from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.translation import ngettext

from landing.page.plurals import forms


def days(number: int) -> str:
    """A phrase that Django itself has in its languages."""
    text = ngettext("%(num)d day", "%(num)d days", number)
    return text.replace("%(num)d", "{count}").replace("\xa0", " ")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", {"one": "{count} day", "other": "{count} days"}),
        (
            "cs",
            {
                "one": "{count} den",
                "two": "{count} dny",
                "few": "{count} dny",
                "other": "{count} dní",
            },
        ),
        ("ja", {"other": "{count}日"}),
    ],
)
def test_each_form_of_a_language_is_there(language: str, said: dict[str, str]) -> None:
    with translation.override(language):
        assert forms(days) == said


def test_a_form_that_says_what_the_last_one_says_is_left_out() -> None:
    assert forms(lambda number: "{count} new") == {"other": "{count} new"}


def test_the_placeholder_is_left_for_the_browser() -> None:
    with translation.override("ru"):
        assert all("{count}" in text for text in forms(days).values())
