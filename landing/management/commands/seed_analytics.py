"""``manage.py seed_analytics``: write demo rows for trying the dashboard, or remove them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Model, QuerySet
from rich.console import Console
from rich.progress import Progress

from ...analytics import demo
from ...dates import utc_now
from ...models import Analytics, CountSample

BATCH_ROWS = 2_000
MAX_DAYS, MAX_VISITORS = 3_650, 200_000


class Command(BaseCommand):
    """Write or remove demo rows, with a progress bar on a terminal."""

    help = (
        "Write demo visits up to now, for trying the dashboard. Each row is marked as demo data "
        "and counts like a real one until --clear removes it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=30, help="days before today (default: 30)")
        parser.add_argument(
            "--visitors", type=int, default=5_000, help="distinct visitors (default: 5000)"
        )
        parser.add_argument("--seed", type=int, help="the same seed gives the same visits")
        parser.add_argument("--force", action="store_true", help="run even if DEBUG is off")
        parser.add_argument("--clear", action="store_true", help="remove the demo rows")

    def handle(self, *args: Any, **options: Any) -> None:
        # Progress is drawn on a terminal only.
        console = Console(file=self.stdout)  # type: ignore[arg-type]
        with Progress(console=console, disable=not self.stdout.isatty()) as progress:
            try:
                summary = (
                    self._clear(progress) if options["clear"] else self._seed(progress, options)
                )
            except KeyboardInterrupt:
                raise CommandError(
                    "Interrupted. Use --clear to remove the rows written so far."
                ) from None
        self.stdout.write(summary)

    def _seed(self, progress: Progress, options: dict[str, Any]) -> str:
        days, visitors = options["days"], options["visitors"]
        _require_range("--days", days, MAX_DAYS)
        _require_range("--visitors", visitors, MAX_VISITORS)
        _require_demo_site(force=options["force"])
        now, rng = utc_now(), Random(options["seed"])  # noqa: S311  nothing to guess
        since = demo.start_of(days, now)
        visits = demo.simulate_visits(visitors, since, now, rng)
        rows = demo.analytics_rows(progress.track(visits, description="visits"), now, rng)
        rows_written = _write(Analytics, rows)
        samples = list(demo.count_samples(visits, since, now, demo.real_minutes(since, now)))
        # A running server may have sampled a minute meanwhile. Keep the real sample.
        counts = progress.track(samples, description="samples")
        samples_written = _write(CountSample, counts, ignore_conflicts=True)
        return (
            f"Wrote {rows_written:,} rows of {visitors:,} visitors and {samples_written:,} samples."
        )

    def _clear(self, progress: Progress) -> str:
        rows, samples = (
            _delete(progress, demo.stored_rows()),
            _delete(progress, demo.stored_samples()),
        )
        return f"Removed {rows:,} demo rows and {samples:,} demo samples."


def _require_range(option: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise CommandError(f"{option} must be 1 to {most:,} (got {value:,}).")


def _require_demo_site(*, force: bool) -> None:
    if not settings.DEBUG and not force:
        raise CommandError(
            "DEBUG is off, so this site may have real numbers. Demo rows would count among them "
            "until --clear removes them. Use --force to write them anyway."
        )
    if demo.stored_rows().exists() or demo.stored_samples().exists():
        raise CommandError("Demo rows exist already. Remove them with --clear first.")


def _write(model: type[Model], rows: Iterable[Model], *, ignore_conflicts: bool = False) -> int:
    """Insert the rows and return how many. Short transactions keep a running server fast."""
    written, remaining = 0, iter(rows)
    while batch := list(islice(remaining, BATCH_ROWS)):
        model._default_manager.bulk_create(batch, ignore_conflicts=ignore_conflicts)
        written += len(batch)
    return written


def _delete(progress: Progress, rows: QuerySet[Any]) -> int:
    """Delete the rows in the order of their keys, in short transactions; return how many."""
    total = rows.count()
    bar = progress.add_task(str(rows.model._meta.verbose_name_plural), total=total)
    keys, last = rows.order_by("pk").values_list("pk", flat=True), 0
    while batch := list(keys.filter(pk__gt=last)[:BATCH_ROWS]):
        rows.filter(pk__gt=last, pk__lte=batch[-1]).delete()
        last = batch[-1]
        progress.advance(bar, len(batch))
    return total
