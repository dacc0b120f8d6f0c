from __future__ import annotations

import pytest
from django.utils import translation

from landing.content import languages

TEXTS = {"en": "Hello", "de": "Hallo", "pt-br": "Oi"}


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (("de",), "Hallo"),
        (("de-at",), "Hallo"),
        (("pt-br",), "Oi"),
        (("pt",), None),
        (("es", "en"), "Hello"),
        (("",), None),
    ],
)
def test_the_first_language_with_a_text_is_used(wanted: tuple[str, ...], text: str | None) -> None:
    assert languages.find(TEXTS, *wanted) == text


def test_the_active_language_is_that_of_the_page() -> None:
    with translation.override("de"):
        assert languages.find_active(TEXTS) == "Hallo"
        assert languages.find_active({}) is None
    with translation.override("es"):
        assert languages.find_active(TEXTS) is None
    with translation.override(None):
        assert languages.find_active(TEXTS) is None
