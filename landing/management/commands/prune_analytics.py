"""``manage.py prune_analytics``: delete old analytics rows and roll up old samples."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ... import conf
from ...analytics import retention
from ...analytics.retention import Task, Work
from ...dates import utc_now
from ..progress import is_drawn, open_progress

MAX_DAYS = 36_500
#: Tasks that the summary adds up.
SUMS = (Task.ROLLUPS, Task.STAYS, Task.PLACE_SAMPLES, Task.PLACE_DAYS)


class Command(BaseCommand):
    """Prune in batches, with a progress bar on a terminal."""

    help = (
        "Delete page views older than --days and dwell rows older than a day. Roll up samples "
        "older than 30 days from minutes to hours, and delete rollups without page views, and "
        "samples of places older than a day. An "
        "interrupted run can be repeated."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        days = conf.read().LANDING_RETENTION_DAYS
        parser.add_argument(
            "--days", type=int, default=days, help=f"age limit of page views (default: {days})"
        )
        parser.add_argument("--dry-run", action="store_true", help="only print what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        days, now = options["days"], utc_now()
        if not 1 <= days <= MAX_DAYS:
            raise CommandError(f"--days must be 1 to {MAX_DAYS:,} (got {days:,}).")
        if options["dry_run"]:
            self.stdout.write(f"Would have {_summarize(retention.estimate(now, days))}.")
        else:
            self._prune(now, days)

    def _prune(self, now: datetime, days: int) -> None:
        done: list[Work] = []
        try:
            self._run_batches(done, now, days)
        except KeyboardInterrupt:
            raise CommandError(
                f"Interrupted. So far, {_summarize(done)}. Run the command again for the rest."
            ) from None
        self.stdout.write(f"{_summarize(done).capitalize()}.")

    def _run_batches(self, done: list[Work], now: datetime, days: int) -> None:
        # The totals cost queries, so they are only counted if the bars are drawn.
        has_bars = is_drawn(self.stdout)
        with open_progress(self.stdout) as progress:
            work_ahead = retention.estimate(now, days) if has_bars else ()
            bars = {work.task: progress.add_task(work.task, total=work.rows) for work in work_ahead}
            for work in retention.prune(now, days):
                done.append(work)
                if has_bars:
                    progress.advance(bars[work.task], work.rows)


def _summarize(works: Iterable[Work]) -> str:
    rows, hours = dict.fromkeys(Task, 0), 0
    for work in works:
        rows[work.task] += work.rows
        hours += work.hours
    sums = sum(rows[task] for task in SUMS)
    return (
        f"deleted {rows[Task.DWELL_ROWS]:,} dwell rows and {rows[Task.PAGE_VIEWS]:,} page views, "
        f"rolled up {rows[Task.SAMPLES]:,} samples to {hours:,} hours, "
        f"and deleted {sums:,} rows of rollups, stays, and places"
    )
