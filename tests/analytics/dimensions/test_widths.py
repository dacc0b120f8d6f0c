"""The widths of visitors that a process remembers."""

from __future__ import annotations

import pytest

from landing.analytics.dimensions import widths
from landing.analytics.dimensions.widths import Widths
from tests.analytics.rows import visitor


def test_the_last_known_width_of_a_visitor_is_remembered_until_it_is_forgotten() -> None:
    known = Widths()
    known.note(visitor(1), "small")
    known.note(visitor(1), "large")
    known.note(visitor(1), "")
    known.note(visitor(2), "medium")
    assert [known.get(visitor(number)) for number in (1, 2, 3)] == ["large", "medium", ""]
    known.forget(visitor(1))
    known.forget(visitor(3))
    assert [known.get(visitor(number)) for number in (1, 2)] == ["", "medium"]


def test_few_visitors_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(widths, "MAX_VISITORS", 3)
    known = Widths()
    for number in range(7):
        known.note(visitor(number), "small")
    assert [bool(known.get(visitor(number))) for number in range(7)] == [False] * 6 + [True]
