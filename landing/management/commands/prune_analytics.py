"""``manage.py prune_analytics``: delete what is kept no longer, and roll up old samples."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from ... import conf
from ...analytics import retention
from ...analytics.retention import Task, Work

MAX_DAYS = 36_500


class Command(BaseCommand):
    help = (
        "Delete page views older than --days and dwell rows older than a day, and roll up the "
        "minutes of samples older than 30 days to hours. Whatever ends it, the next run goes on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        days = conf.read().LANDING_RETENTION_DAYS
        parser.add_argument(
            "--days", type=int, default=days, help=f"of page views that are kept ({days})"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what it would do")

    def handle(self, *args: Any, **options: Any) -> None:
        days, now = options["days"], timezone.now()
        if not 1 <= days <= MAX_DAYS:
            raise CommandError(f"--days must be between 1 and {MAX_DAYS:,}, not {days:,}.")
        if options["dry_run"]:
            self.stdout.write(f"Would have {_told(retention.estimate(now, days))}.")
        else:
            self._prune(now, days)

    def _prune(self, now: datetime, days: int) -> None:
        done: list[Work] = []
        try:
            self._watch(done, now, days)
        except KeyboardInterrupt:
            raise CommandError(
                f"Stopped; so far {_told(done)}. Run it again for the rest."
            ) from None
        self.stdout.write(f"{_told(done).capitalize()}.")

    def _watch(self, done: list[Work], now: datetime, days: int) -> None:
        # Only drawn on a terminal, and only then worth counting for.
        is_drawn = self.stdout.isatty()
        console = Console(file=self.stdout)  # type: ignore[arg-type]
        with Progress(console=console, disable=not is_drawn) as progress:
            waiting = retention.estimate(now, days) if is_drawn else ()
            bars = {work.task: progress.add_task(work.task, total=work.rows) for work in waiting}
            for work in retention.batches(now, days):
                done.append(work)
                if is_drawn:
                    progress.advance(bars[work.task], work.rows)


def _told(works: Iterable[Work]) -> str:
    rows, hours = dict.fromkeys(Task, 0), 0
    for work in works:
        rows[work.task] += work.rows
        hours += work.hours
    return (
        f"deleted {rows[Task.DWELL_ROWS]:,} dwell rows and {rows[Task.PAGE_VIEWS]:,} page views, "
        f"rolled up {rows[Task.SAMPLES]:,} samples to {hours:,} hours"
    )
