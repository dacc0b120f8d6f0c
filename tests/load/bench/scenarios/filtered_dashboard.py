"""The dashboard's reads with a filter: the first answer, and a refresh after a minute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.core.cache import cache
from django.utils import timezone

from landing.admin.dashboard import ranges
from landing.admin.dashboard.filtered.store import store
from landing.admin.dashboard.filters import Filter
from landing.dates import site_day
from landing.models import Analytics
from landing.tables.rollups import RollupState
from tests.load.bench import full_tables
from tests.load.bench.full_tables import FullTable
from tests.load.bench.report import Row
from tests.load.bench.scenarios import dashboard

NAME = "filtered_dashboard"
AGE = timedelta(days=90)
RANGES = ("today", "7-days", "30-days")
FILTERS = {
    "a page of 2.5 % of the rows": Filter(path="/blog/how-to"),
    "that page and a language": Filter(path="/blog/how-to", language="l3"),
    "a campaign of 0.8 % of the rows": Filter(utm_campaign="campaign 10"),
    "a language of half of the rows": Filter(language="en"),
}
MINUTE = timedelta(minutes=1)


def run(rounds: int) -> list[Row]:
    full = full_tables.on_postgres(full_tables.ROWS, AGE, full_tables.DIMENSIONS)
    with dashboard.as_default(full):
        dashboard.store_samples(full.filled_at)
        count_without_rollups()
        dashboard.analyze()
        return [*_measure(full, rounds)]


def _measure(full: FullTable, rounds: int) -> Iterator[Row]:
    for title, only in FILTERS.items():
        for name in RANGES:
            shown = ranges.preset(name, site_day(full.filled_at))
            measured = [measure(full, shown, only) for _ in range(rounds)]
            first, refresh = ([*each] for each in zip(*measured, strict=True))
            label = f"{name}, {title}"
            bound = dashboard.FIRST_MS
            yield Row(NAME, f"{label}: first answer", "ms", first, bound=bound, at_least=False)
            label = f"{label}: database time of a refresh with a minute of new rows"
            bound = dashboard.REFRESH_MS
            yield Row(NAME, label, "ms", refresh, bound=bound, at_least=False)


def measure(full: FullTable, shown: ranges.Range, only: Filter) -> tuple[float, float]:
    """Return the milliseconds of a first answer, and those of the queries of a refresh."""
    cache.clear()
    store.clear()
    first, _ = dashboard.timed_refresh(shown, full.filled_at, only)
    rows = dashboard.MINUTE_ROWS
    visitors = full_tables.RECENT_VISITORS
    dimensions = full_tables.DIMENSIONS
    full_tables.insert(full.alias, dimensions, rows, visitors, full.filled_at, MINUTE)
    _, refresh = dashboard.timed_refresh(shown, full.filled_at, only)
    return first, refresh


def count_without_rollups() -> None:
    """Mark all rows as counted. A filter does not read the rollups, and filling them takes long."""
    last_id = Analytics.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    state = {"last_id": last_id, "zone": timezone.get_default_timezone_name()}
    RollupState.objects.update_or_create(pk=1, defaults=state)
