"""Lists are exact, although only the most frequent values of past days are kept."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from landing.analytics.rollups import reading, top_lists
from landing.analytics.rollups.past_days import PastDays
from landing.tables.rollups import PageCount
from tests.analytics.rollups.figures import LAST

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

DAYS = (LAST - timedelta(days=4), LAST)
BEFORE = (LAST - timedelta(days=9), LAST - timedelta(days=5))


@pytest.mark.parametrize("seed", range(6))
def test_lists_are_those_of_all_values(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(top_lists, "KEPT_VALUES", 5)
    rng = Random(seed)
    expected: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    counts = []
    for ago in range(10):
        day = LAST - timedelta(days=ago)
        for number in rng.sample(range(12), 8):
            views = rng.randrange(1, 6)
            path = f"/{number:02}"
            counts.append(PageCount(day=day.toordinal(), path=path, page_views=views))
            expected[ago < 5][path] += views
    PageCount.objects.bulk_create(counts)
    ranked = sorted(expected[True].items(), key=lambda entry: (-entry[1], entry[0]))[:4]

    for first_open in (LAST, LAST - timedelta(days=1), LAST + timedelta(days=1)):
        past = PastDays(first_open, 1)
        for _ in range(2):
            top = reading.read_top("path", DAYS, BEFORE, 4, past=past)
            assert top == [(name, views, expected[False][name]) for name, views in ranked]
