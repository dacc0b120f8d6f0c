"""The limit of different values per day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from landing.analytics.dimensions.daily_values import (
    LIMITS,
    OTHER,
    REFRESH_SECONDS,
    DailyValues,
)
from landing.analytics.write_buffer.insert import PendingRow
from landing.tables.rollups import Dimension, DimensionCount

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
MOST = LIMITS[Dimension.SOURCE]

pytestmark = pytest.mark.django_db


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def pending(at: datetime = NOON, **dimensions: str) -> PendingRow:
    return PendingRow(bytes(16), None, "page_view", "/", "", at, **dimensions)


def sources(values: DailyValues, names: list[str], at: datetime = NOON) -> list[str]:
    rows = [pending(at, utm_source=name) for name in names]
    return [row.utm_source for row in values.limit(rows)]


def test_invented_values_share_one() -> None:
    stored = sources(DailyValues(), [f"invented {number}" for number in range(10_000)])

    assert len(set(stored)) == MOST
    assert stored[: MOST - 1] == [f"invented {number}" for number in range(MOST - 1)]
    assert set(stored[MOST:]) == {OTHER}


def test_each_dimension_has_its_own_limit() -> None:
    values = DailyValues()
    sources(values, [str(number) for number in range(MOST + 1)])
    (row,) = values.limit([pending(utm_source="new", utm_campaign="may", language="de")])

    assert (row.utm_source, row.utm_campaign, row.language) == (OTHER, "may", "de")


def test_known_values_and_those_of_the_next_day_are_kept() -> None:
    values = DailyValues()
    sources(values, [str(number) for number in range(MOST + 1)])

    assert sources(values, ["0", "new"]) == ["0", OTHER]
    assert sources(values, ["new"], NOON + timedelta(days=1)) == ["new"]
    assert sources(values, ["new"]) == ["new"], "a late row counts with the values of the next day"


def test_values_that_are_counted_already_use_the_limit_of_a_new_process() -> None:
    clock = Clock()
    values = DailyValues(clock)
    assert sources(values, ["first"]) == ["first"]
    for number in range(MOST):
        count(f"counted {number}")

    assert sources(values, ["second"]) == ["second"], "counted values are read once a minute"
    clock.seconds = REFRESH_SECONDS
    assert sources(values, ["third", "second", "counted 7"]) == [OTHER, "second", "counted 7"]
    assert sources(DailyValues(), ["fourth", "counted 7"]) == [OTHER, "counted 7"]


def count(value: str) -> None:
    DimensionCount.objects.create(
        day=NOON.toordinal(), dimension=Dimension.SOURCE, value=value, page_views=1
    )


def test_rows_without_a_value_take_no_query(django_assert_num_queries: object) -> None:
    rows = [pending(), pending(width="small")]
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert DailyValues().limit(rows) == rows
