"""The rows of the map as the server renders them."""

from __future__ import annotations

import pytest

from landing.admin.live_map import rows


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ("/", "/"),
        ("/blog/é?", "/blog/%C3%A9%3F"),
        ("/a(b)'!*", "/a(b)'!*"),
        ("/\\evil.example", "/%5Cevil.example"),
        ("//evil.example", ""),
        ("article:42", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_only_a_path_of_the_site_has_an_address(place: str, address: str) -> None:
    assert rows.address_of(place) == address
