"""Limit how many values of each dimension a day can have.

Anybody can invent values, for example in a link. The first values of a day are stored as they
are, and further ones as :data:`OTHER`. So the rollups have few rows a day.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date

from ...dates import site_day
from ...tables.rollups import Dimension, DimensionCount
from ..write_buffer.insert import PendingRow

OTHER = "other"
#: Values per day. A width has three.
LIMITS = {Dimension.SOURCE: 100, Dimension.CAMPAIGN: 100, Dimension.LANGUAGE: 50}
#: After this time, the values that other processes counted are read again.
REFRESH_SECONDS = 60.0


class DailyValues:
    """The values of today that this process knows. Its methods query the database."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.clear()

    def clear(self) -> None:
        """Forget all values."""
        self._day: date | None = None
        self._known: dict[str, set[str]] = {}
        self._refresh_at = 0.0

    def limit(self, rows: Sequence[PendingRow]) -> list[PendingRow]:
        """Return the rows, with values over the limit of their day replaced."""
        return [self._limit_row(row) if _has_value(row) else row for row in rows]

    def _limit_row(self, row: PendingRow) -> PendingRow:
        self._begin_day(site_day(row.at))
        return row._replace(
            utm_source=self._limit_value(Dimension.SOURCE, row.utm_source),
            utm_campaign=self._limit_value(Dimension.CAMPAIGN, row.utm_campaign),
            language=self._limit_value(Dimension.LANGUAGE, row.language),
        )

    def _limit_value(self, dimension: Dimension, value: str) -> str:
        known = self._known[dimension]
        if not value or value in known:
            return value
        if self._clock() >= self._refresh_at:
            self._refresh()
        if len(known) < LIMITS[dimension]:
            known.add(value)
        return value if value in known else OTHER

    def _begin_day(self, day: date) -> None:
        # Rows of yesterday may follow one of today. They are few, and count with its values.
        if self._day is None or day > self._day:
            self._day = day
            self._known = {name: {OTHER} for name in LIMITS}
            self._refresh_at = 0.0

    def _refresh(self) -> None:
        """Add the values that are counted already, by any process."""
        if self._day is not None:
            counted = DimensionCount.objects.filter(day=self._day.toordinal())
            for name, value in counted.values_list("dimension", "value"):
                self._known.get(name, set()).add(value)
        self._refresh_at = self._clock() + REFRESH_SECONDS


def _has_value(row: PendingRow) -> bool:
    return bool(row.utm_source or row.utm_campaign or row.language)


daily_values = DailyValues()
