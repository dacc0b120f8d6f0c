"""``manage.py seed_analytics``: write demo rows for trying the dashboard, or remove them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from itertools import islice
from random import Random
from typing import Any, TypeVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from ...analytics import demo
from ...analytics.places import storage as places
from ...analytics.rollups import counting, deletion, past_days
from ...analytics.stays import storage
from ...analytics.write_buffer.insert import insert
from ...dates import utc_now
from ...models import DEMO_MARK, CountSample
from ..progress import Progress, open_progress

T = TypeVar("T")
BATCH_ROWS = 2_000
MAX_DAYS, MAX_VISITORS, MAX_AHEAD = 3_650, 200_000, 60


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
        parser.add_argument(
            "--ahead",
            type=int,
            default=0,
            help="write samples for this many minutes from now, for a server that starts soon",
        )
        parser.add_argument("--force", action="store_true", help="run even if DEBUG is off")
        parser.add_argument("--clear", action="store_true", help="remove the demo rows")

    def handle(self, *args: Any, **options: Any) -> None:
        with open_progress(self.stdout) as progress:
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
        _require_range("--ahead", options["ahead"], MAX_AHEAD, least=0)
        _require_demo_site(force=options["force"])
        now, rng = utc_now(), Random(options["seed"])  # noqa: S311  nothing to guess
        since, until = demo.start_of(days, now), now + timedelta(minutes=options["ahead"])
        visits = demo.simulate_visits(visitors, since, until, rng)
        rows = demo.analytics_rows(progress.track(visits, description="visits"), now, rng)
        trails = demo.PlaceTrails(visits)
        rows_written = _write(trails.follow(rows), partial(insert, data=DEMO_MARK))
        real = demo.real_minutes(since, until)
        samples = list(demo.count_samples(visits, since, until, real))
        # A running server may have sampled a minute meanwhile. Keep the real sample.
        counts = progress.track(samples, description="samples")
        store = partial(CountSample.objects.bulk_create, ignore_conflicts=True)
        samples_written = _write(counts, store)
        trails.store(since, until, real)
        stays = demo.count_stays(visits, now)
        _write(stays.items(), lambda batch: storage.add(dict(batch), is_demo=True))
        _count(progress)
        return (
            f"Wrote {rows_written:,} rows of {visitors:,} visitors and {samples_written:,} samples"
            f", and the lengths of {stays.total():,} visits."
        )

    def _clear(self, progress: Progress) -> str:
        rows, samples = (
            _delete(progress, demo.stored_rows(), deletion.delete_rows),
            _delete(progress, demo.stored_samples(), lambda rows: rows.delete()[0]),
        )
        places.remove_demo()
        stays = storage.remove_demo()
        deletion.clear_demo_days()
        return (
            f"Removed {rows:,} demo rows and {samples:,} demo samples, "
            f"and the lengths of {stays:,} demo visits."
        )


def _require_range(option: str, value: int, most: int, least: int = 1) -> None:
    if not least <= value <= most:
        raise CommandError(f"{option} must be {least} to {most:,} (got {value:,}).")


def _require_demo_site(*, force: bool) -> None:
    if not settings.DEBUG and not force:
        raise CommandError(
            "DEBUG is off, so this site may have real numbers. Demo rows would count among them "
            "until --clear removes them. Use --force to write them anyway."
        )
    if demo.stored_rows().exists() or demo.stored_samples().exists():
        raise CommandError("Demo rows exist already. Remove them with --clear first.")


def _write(rows: Iterable[T], insert_batch: Callable[[Sequence[T]], object]) -> int:
    """Insert the rows and return how many. Short transactions keep a running server fast."""
    written, remaining = 0, iter(rows)
    while batch := list(islice(remaining, BATCH_ROWS)):
        insert_batch(batch)
        written += len(batch)
    return written


def _count(progress: Progress) -> None:
    """Count the new rows for the dashboard."""
    bar = progress.add_task("counts", total=None)
    for rows in counting.count_new_rows():
        progress.advance(bar, rows)
    # The samples are of past days, too.
    past_days.discard()


def _delete(progress: Progress, rows: QuerySet[Any], delete: Callable[[Any], int]) -> int:
    """Delete the rows in the order of their keys, in short transactions; return how many."""
    total = rows.count()
    bar = progress.add_task(str(rows.model._meta.verbose_name_plural), total=total)
    keys, last = rows.order_by("pk").values_list("pk", flat=True), 0
    while batch := list(keys.filter(pk__gt=last)[:BATCH_ROWS]):
        delete(rows.filter(pk__gt=last, pk__lte=batch[-1]))
        last = batch[-1]
        progress.advance(bar, len(batch))
    return total
