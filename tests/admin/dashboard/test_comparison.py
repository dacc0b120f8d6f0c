"""Changes between two figures, in a form that does not mislead."""

from __future__ import annotations

import pytest

from landing.admin.dashboard.comparison import compare, compare_shares


@pytest.mark.parametrize(
    ("value", "before", "text", "direction"),
    [
        (60, 50, "+20 %", "up"),
        (98, 100, "−2 %", "down"),
        (98, 98, "±0 %", "level"),
        (1001, 1000, "±0 %", "level"),
        (199, 20, "+895 %", "up"),
        (200, 20, "10 ×", "up"),
        (8680, 20, "434 ×", "up"),
        (434, 1, "+433", "up"),
        (5, 0, "+5", "up"),
        (0, 19, "−19", "down"),
        (7, 7, "±0", "level"),
        (0, 0, "", ""),
        (None, 5, "", ""),
        (5, None, "", ""),
    ],
)
def test_a_change_is_a_percentage_a_factor_or_a_difference(
    value: int | None, before: int | None, text: str, direction: str
) -> None:
    assert compare(value, before) == (text, direction)


@pytest.mark.parametrize(
    ("share", "before", "text"),
    [(0.254, 0.2, "+5 pp"), (0.2, 0.25, "−5 pp"), (0.2, 0.201, "±0 pp"), (None, 0.2, "")],
)
def test_shares_differ_by_percentage_points(
    share: float | None, before: float | None, text: str
) -> None:
    assert compare_shares(share, before).text == text
