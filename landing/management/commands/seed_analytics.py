"""``manage.py seed_analytics``: demo rows for trying the dashboard, and their removal."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Model, QuerySet
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from ...analytics import demo
from ...models import Analytics, CountSample

BATCH_ROWS = 2_000
MAX_DAYS, MAX_VISITORS = 3_650, 200_000


class Command(BaseCommand):
    help = (
        "Write made-up visits up to now, each row marked as demo data, for trying the dashboard. "
        "They count like real ones until --clear removes them, and nothing else."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=30, help="whole days before today (30)")
        parser.add_argument("--visitors", type=int, default=5_000, help="distinct ones (5000)")
        parser.add_argument("--seed", type=int, help="the same number makes the same visits")
        parser.add_argument("--force", action="store_true", help="also where DEBUG is off")
        parser.add_argument("--clear", action="store_true", help="remove the demo rows instead")

    def handle(self, *args: Any, **options: Any) -> None:
        # Only drawn on a terminal.
        console = Console(file=self.stdout)  # type: ignore[arg-type]
        with Progress(console=console, disable=not self.stdout.isatty()) as progress:
            try:
                told = self._clear(progress) if options["clear"] else self._seed(progress, options)
            except KeyboardInterrupt:
                raise CommandError("Stopped halfway; --clear removes what is there.") from None
        self.stdout.write(told)

    def _seed(self, progress: Progress, options: dict[str, Any]) -> str:
        days, visitors = options["days"], options["visitors"]
        _verify("--days", days, MAX_DAYS)
        _verify("--visitors", visitors, MAX_VISITORS)
        _verify_place(force=options["force"])
        now, rng = timezone.now(), Random(options["seed"])  # noqa: S311  nothing to guess
        since = demo.first_moment(days, now)
        visits = demo.visits(visitors, since, now, rng)
        rows = demo.analytics_rows(progress.track(visits, description="visits"), now, rng)
        rows_written = _write(Analytics, rows)
        samples = list(demo.count_samples(visits, since, now, demo.real_minutes(since, now)))
        # A server that runs beside this may have sampled a minute meanwhile: its is kept.
        counts = progress.track(samples, description="samples")
        samples_written = _write(CountSample, counts, ignore_conflicts=True)
        return f"Wrote {rows_written:,} rows of {visitors:,} visitors, {samples_written:,} samples."

    def _clear(self, progress: Progress) -> str:
        rows, samples = _delete(progress, demo.rows()), _delete(progress, demo.samples())
        return f"Removed {rows:,} demo rows and {samples:,} demo samples."


def _verify(option: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise CommandError(f"{option} must be between 1 and {most:,}, not {value:,}.")


def _verify_place(*, force: bool) -> None:
    if not settings.DEBUG and not force:
        raise CommandError(
            "DEBUG is off, so this may be a site with real numbers, and demo rows would count "
            "among them until --clear removes them. Use --force if that is what you want."
        )
    if demo.rows().exists() or demo.samples().exists():
        raise CommandError("There are demo rows already; remove them first with --clear.")


def _write(model: type[Model], rows: Iterable[Model], *, ignore_conflicts: bool = False) -> int:
    """Batch by batch, each a transaction, so that a server beside it hardly waits; how many."""
    written, left = 0, iter(rows)
    while batch := list(islice(left, BATCH_ROWS)):
        model._default_manager.bulk_create(batch, ignore_conflicts=ignore_conflicts)
        written += len(batch)
    return written


def _delete(progress: Progress, rows: QuerySet[Any]) -> int:
    """In the order of their keys, so that each batch goes on where the last one ended."""
    total = rows.count()
    bar = progress.add_task(str(rows.model._meta.verbose_name_plural), total=total)
    keys, last = rows.order_by("pk").values_list("pk", flat=True), 0
    while batch := list(keys.filter(pk__gt=last)[:BATCH_ROWS]):
        rows.filter(pk__gt=last, pk__lte=batch[-1]).delete()
        last = batch[-1]
        progress.advance(bar, len(batch))
    return total
