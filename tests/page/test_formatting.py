from __future__ import annotations

import pytest
from django.conf import locale
from django.utils import translation

from landing.page import formatting


def test_an_unknown_number_is_a_dash() -> None:
    assert formatting.number(None) == "–"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de-xx-yy", "1.234.567"),
        ("tlh", "1,234,567"),
        ("x-private", "1,234,567"),
        ("..", "1,234,567"),
        (None, "1,234,567"),
    ],
)
def test_an_unknown_language_falls_back(language: str | None, text: str) -> None:
    with translation.override(language):
        assert formatting.number(1_234_567) == text
        assert formatting.ago(120)


@pytest.mark.parametrize("language", locale.LANG_INFO)
def test_every_language_of_django_has_a_format(language: str) -> None:
    with translation.override(language):
        assert formatting.number(7) == "7"
        assert formatting.ago(7 * 60)
