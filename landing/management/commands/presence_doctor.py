"""``manage.py presence_doctor``: find out why the counts are wrong, stale, or unknown."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...conf import redis_url, spell
from ...doctor.finding import Status

if TYPE_CHECKING:
    from ...doctor.examination import Examination

#: The version of the JSON; it rises with an incompatible change.
SCHEMA = 1
#: About 400,000 people; a recount holds about 200 bytes per entry.
MAX_ENTRIES = 1_000_000


class Command(BaseCommand):
    """Print one finding per line, and exit with their severity."""

    help = (
        "Examine presence without changing it: Redis, workers, counts, keys, channel layer, and "
        "database. Exits with 2 if there is a problem, and with --strict with 1 if there is a "
        "warning."
    )
    # They are a part of the examination.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument(
            "--strict", action="store_true", help="exit with status 1 if there are warnings only"
        )
        parser.add_argument(
            "--max-entries",
            type=int,
            default=MAX_ENTRIES,
            help="recount the sets up to this size, in entries (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if find_spec("redis") is None:
            raise CommandError(_describe_without_redis())
        from ...doctor.examination import examine

        examination = examine(options["max_entries"])
        if options["json"]:
            self.stdout.write(json.dumps(as_json(examination), indent=2))
        else:
            lines = as_lines(examination, show_ok=options["verbosity"] > 0)
            self.stdout.write("\n".join(lines))
        if examination.status is Status.PROBLEM:
            sys.exit(2)
        if examination.status is Status.WARNING and options["strict"]:
            sys.exit(1)


def as_json(examination: Examination) -> dict[str, Any]:
    """Return the examination as JSON values. A finding that is ok has no remedy."""
    return {
        "schema": SCHEMA,
        "status": examination.status,
        "findings": [
            asdict(finding) | {"remedy": finding.remedy or None} for finding in examination.findings
        ],
        "cost": asdict(examination.cost),
    }


def as_lines(examination: Examination, *, show_ok: bool) -> Iterator[str]:
    """Yield one line per finding, and one with the totals."""
    for finding in examination.findings:
        if show_ok or finding.status is not Status.OK:
            line = f"{finding.status:<8} {finding.check}: {finding.sentence} {finding.remedy}"
            yield line.rstrip()
    counts = Counter(finding.status for finding in examination.findings)
    cost = examination.cost
    yield (
        f"problems: {counts[Status.PROBLEM]}, warnings: {counts[Status.WARNING]}, "
        f"ok: {counts[Status.OK]}; {cost.commands:,} commands read {cost.entries:,} entries in "
        f"{cost.seconds:.2f} s, the slowest in {cost.slowest_seconds * 1000:.0f} ms"
    )


def _describe_without_redis() -> str:
    if redis_url():
        return f"{spell('LANDING_REDIS_URL')} needs the package redis, which is not installed."
    return (
        "Presence is in the memory of each process, so no command can see it from outside. "
        "This command examines Redis, and needs the package redis."
    )
