"""Campaign and language of a page view, from what browsers and links may send."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from landing.analytics.dimensions import request
from landing.tables.rollups import VALUE_LENGTH


@pytest.mark.parametrize(
    ("query", "source"),
    [
        ("", ""),
        ("utm_source=newsletter", "newsletter"),
        ("coupon=1&utm_source=News%20%20Letter+&utm_medium=email", "news letter"),
        ("utm_source=&utm_source=%20&utm_source=second&utm_source=third", "second"),
        ("utm_source", ""),
        ("utm_source=a=b", "a=b"),
        ("my_utm_source=other&utm_sources=other", ""),
        ("utm_source=%EF%BC%A7oogle%E2%84%A2", "googletm"),
        ("utm_source=%ff%fe", "��"),
        ("utm_source=a%00b%E2%80%AE%0Ac", "a�b� c"),
        ("utm_source=%ED%A0%80", "���"),
        ("utm_source=%zz%", "%zz%"),
        ("utm_source=" + "A" * 5000, "a" * VALUE_LENGTH),
        ("x=" + "1" * request.MAX_QUERY + "&utm_source=late", ""),
        ("&" * 7000 + "utm_source=late", "late"),
    ],
)
def test_a_parameter_is_found_and_normalized(query: str, source: str) -> None:
    assert request.find_parameter(query, "utm_source") == source


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", ""),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en;q=0.5, pt-BR", "pt"),
        ("*, fil;q=0.3", "fil"),
        ("zh-Hant-TW", "zh"),
        ("de;q=0, es;q=0.1", "es"),
        ("*", ""),
        ("x-klingon, i-default, german", ""),
        ("de;q=high", ""),
        ("<script>", ""),
        ("de\x00", ""),
        ("ä", ""),
        ("de," * 5000, "de"),
        ("d" * 5000, ""),
    ],
)
def test_the_language_is_that_of_the_preferred_tag(header: str, language: str) -> None:
    assert request.find_language(header) == language


@given(st.text(max_size=300), st.binary(max_size=300))
def test_any_value_becomes_short_printable_text(text: str, raw: bytes) -> None:
    for value in (quote(text, errors="replace"), quote(raw), text):
        found = request.find_parameter(f"utm_campaign={value}", "utm_campaign")
        assert found.isprintable()
        assert found == found.strip()
        assert len(found) <= VALUE_LENGTH
    assert len(request.find_language(text)) in (0, 2, 3)


def test_a_request_has_only_these_dimensions() -> None:
    sent = RequestFactory().get(
        "/?utm_source=News&utm_campaign=May&utm_content=secret&token=secret",
        headers={"Accept-Language": "es-MX"},
    )

    assert request.read(sent) == ("news", "may", "es")
    assert request.read(RequestFactory().get("/")) == request.UNKNOWN
