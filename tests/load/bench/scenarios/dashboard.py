"""The dashboard's reads from the rollups, and 30 days beside the same figures from the rows."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.core.cache import cache
from django.db import connections
from django.db.models import Count
from django.db.models.functions import TruncDay

from landing.admin.dashboard import queries, ranges
from landing.admin.dashboard.filters import Filter
from landing.admin.dashboard.lists import entries
from landing.analytics.rollups import counting
from landing.dates import site_day
from landing.models import Analytics, CountSample
from tests.analytics.rows import store_many
from tests.load.bench import full_tables
from tests.load.bench.full_tables import FullTable
from tests.load.bench.report import Row
from tests.load.bench.rounds import interleaved

NAME = "dashboard"
LONGEST = "30-days"
FIRST_MS, REFRESH_MS, RATIO = 1000, 100, 5
#: Rows of one minute at the rate of the table.
MINUTE_ROWS = 120
DAYS = 60


def run(rounds: int) -> list[Row]:
    full = full_tables.on_postgres()
    with as_default(full):
        store_samples(full.filled_at)
        backlog_seconds = timed(count_rows)[0] / 1000
        print(f"({full.rows:,} rows counted in {backlog_seconds:.0f} s)", end=" ", file=sys.stderr)
        analyze()
        return [*_measure(full, rounds)]


def _measure(full: FullTable, rounds: int) -> Iterator[Row]:
    where = f"{full.rows:,} rows, PostgreSQL"
    shown = ranges.preset(LONGEST, site_day(full.filled_at))
    ours, rival = compare(shown, full.filled_at, rounds)
    label = f"30 days of the dashboard, {where}: from the rows / ours"
    yield Row(NAME, label, "ms", ours, rival, RATIO, inverse=True)
    for shown in list_ranges(site_day(full.filled_at)):
        first, database = [], []
        for _ in range(rounds):
            cache.clear()
            first.append(timed_refresh(shown, full.filled_at)[0])
            insert_minute(full.filled_at)
            database.append(timed_refresh(shown, full.filled_at)[1])
        name = f"{shown.name}, {where}"
        yield Row(NAME, f"{name}: first answer", "ms", first, bound=FIRST_MS, at_least=False)
        label = f"{name}: database time of a refresh with a minute of new rows"
        yield Row(NAME, label, "ms", database, bound=REFRESH_MS, at_least=False)


def list_ranges(today: date) -> list[ranges.Range]:
    """Return all presets, and a custom range of past days."""
    custom = ranges.Range(ranges.CUSTOM, today - timedelta(days=24), today - timedelta(days=5))
    return [*(ranges.preset(name, today) for name in ranges.PRESETS), custom]


def compare(shown: ranges.Range, at: datetime, rounds: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each round from the rollups, and from the rows.

    Raise RuntimeError if the figures differ.
    """
    taken: dict[bool, list[float]] = {True: [], False: []}
    answers = []
    for is_ours in interleaved([True, False], rounds):
        read = read_ours if is_ours else read_rows
        milliseconds, figures = timed(partial(read, shown, at))
        taken[is_ours].append(milliseconds)
        answers.append(figures)
        if figures != answers[0]:
            raise RuntimeError(f"The rollups and the rows have {answers[0]} and {figures}.")
    return taken[True], taken[False]


def read_ours(shown: ranges.Range, at: datetime) -> tuple[Any, ...]:
    data = queries.read_data(shown, at)
    pages = {entry.name: entry.page_views for entry in data.pages}
    return data.figures.page_views, data.figures.visitors, pages


def read_rows(shown: ranges.Range, at: datetime) -> tuple[Any, ...]:
    rows = Analytics.objects.since(shown.start).before(shown.end).order_by()
    by_day = rows.page_views().values_list(TruncDay("created_at")).annotate(views=Count("pk"))
    by_page = rows.page_views().values_list("path").annotate(views=Count("pk"))
    pages = dict(by_page.order_by("-views", "path")[: entries.TOP])
    return sum(views for _, views in by_day), rows.count_visitors(), pages


def timed_refresh(
    shown: ranges.Range, at: datetime, only: Filter = queries.WHOLE_SITE
) -> tuple[float, float]:
    """Return the milliseconds of a read after new rows, and those of its queries."""
    in_database = 0.0

    def measure(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal in_database
        milliseconds, result = timed(lambda: execute(*arguments))
        in_database += milliseconds
        return result

    with connections["default"].execute_wrapper(measure):
        taken, _ = timed(lambda: (count_rows(), queries.read_data(shown, at, only)))
    return taken, in_database


def count_rows() -> int:
    return sum(counting.count_new_rows())


def insert_minute(at: datetime) -> None:
    store_many(
        Analytics,
        (
            {
                "visitor_id": (n * 7919).to_bytes(16, "big"),
                "event": "page_view",
                "path": f"/new/{n % 20}",
                "created_at": at,
            }
            for n in range(MINUTE_ROWS)
        ),
    )


def store_samples(until: datetime) -> None:
    """Store a sample for each minute of two ranges."""
    last = int(until.timestamp()) // 60
    store_many(
        CountSample,
        (
            {"minute": minute, "people": 9, "connections": 9, "active": 50, "peak_people": 10}
            for minute in range(last - DAYS * 24 * 60, last)
        ),
    )


def analyze() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


@contextmanager
def as_default(full: FullTable) -> Iterator[None]:
    """Let Django's default connection be that of the table."""
    before = connections["default"]
    connections["default"] = connections[full.alias]
    try:
        yield
    finally:
        connections["default"] = before


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return the milliseconds of a call, and its result."""
    began = time.perf_counter()
    result = call()
    return 1000 * (time.perf_counter() - began), result
