"""A process that records page views at a fixed rate, and then inserts some one by one.

``python -m tests.load.bench.apps.writing RATE SECONDS SINGLE_SECONDS`` prints a
:class:`Written` as JSON. It uses the database of its environment.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass

import django

from tests.load.bench.servers import SERVER_CORE

#: Time between two steps of recording.
TICK_SECONDS = 0.005
VISITORS = 5_000
REFERRERS = ("", "https://news.example/item?id=7", "https://search.example/?q=who")


@dataclass(frozen=True, slots=True)
class Written:
    """``views`` were recorded within ``seconds`` and stored within ``after_seconds``."""

    views: int
    seconds: float
    after_seconds: float
    dropped_rows: int
    most_waiting_rows: int
    busy: float
    single_views: int
    single_seconds: float


def main(rate: int, seconds: float, single_seconds: float) -> None:
    """Measure on the server core and print the result as JSON."""
    os.sched_setaffinity(0, {SERVER_CORE})
    django.setup()
    written = _measure(rate, seconds, single_seconds)
    print(json.dumps(asdict(written)))


def _measure(rate: int, seconds: float, single_seconds: float) -> Written:
    from landing.analytics import recording

    # One-time work happens before the measurement.
    _record(1)
    recording.writer.flush()
    total, sent, most_waiting, began_cpu = round(rate * seconds), 0, 0, time.process_time()
    began = time.perf_counter()
    while sent < total:
        due = min(total, round((time.perf_counter() - began) * rate))
        for number in range(sent, due):
            _record(number)
        sent = due
        most_waiting = max(most_waiting, recording.writer.waiting_rows)
        time.sleep(TICK_SECONDS)
    took = time.perf_counter() - began
    recording.writer.finish(60)
    after = time.perf_counter() - began
    busy = (time.process_time() - began_cpu) / after
    single_views, single_took = _insert_one_by_one(single_seconds)
    dropped = recording.writer.dropped_rows
    return Written(total + 1, took, after, dropped, most_waiting, busy, single_views, single_took)


def _record(number: int) -> None:
    from landing.analytics import recording, referrers
    from landing.visitors.identity import Identity

    visitor = Identity((number % VISITORS).to_bytes(16, "big"))
    referrer_host = referrers.parse_host(REFERRERS[number % len(REFERRERS)])
    recording.record_page_view(visitor, "/pricing", referrer_host)


def _insert_one_by_one(seconds: float) -> tuple[int, float]:
    """Insert and commit one row per view over one connection. Return views and seconds."""
    from landing.models import Analytics

    views, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        Analytics.objects.create(
            visitor_id=(views % VISITORS).to_bytes(16, "big"),
            event=Analytics.Event.PAGE_VIEW,
            path="/pricing",
            referrer_host="news.example",
        )
        views += 1
    return views, time.perf_counter() - began


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
