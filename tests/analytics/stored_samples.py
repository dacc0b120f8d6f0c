"""Stored rows and samples for tests of retention."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from landing.analytics import retention
from landing.analytics.retention import Task, Work
from landing.dates import unix_minute
from landing.models import CountSample

NOW = datetime(2026, 6, 30, 12, 30, tzinfo=UTC)
#: The first hour that is not rolled up.
KEPT_FROM = datetime(2026, 5, 31, 12, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def sample(at: datetime, people: int = 1, **columns: Any) -> CountSample:
    counts = {"connections": people, "active": people, "peak_people": people, **columns}
    return CountSample.objects.create(minute=unix_minute(at), people=people, **counts)


def prune(days: int = 90) -> list[Work]:
    return list(retention.prune(NOW, days))


def stored() -> list[dict[str, Any]]:
    return list(CountSample.objects.order_by("minute").values())


def total(works: Iterable[Work]) -> Iterator[tuple[Task, tuple[int, int]]]:
    works = list(works)
    for task in Task:
        done = [work for work in works if work.task == task]
        yield task, (sum(work.rows for work in done), sum(work.hours for work in done))
