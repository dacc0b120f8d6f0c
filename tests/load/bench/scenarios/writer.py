"""20,000 page views per second through the write buffer, compared with one INSERT each."""

from __future__ import annotations

import json
import os

from django.db import connections

from landing.models import Analytics
from tests.load.bench import full_tables
from tests.load.bench.apps.writing import Written
from tests.load.bench.report import Row
from tests.load.bench.servers import SITE
from tests.services import postgres, site

NAME = "writer"
RATE, SECONDS = 20_000, 10.0
SINGLE_SECONDS = 2.0
#: The measured rate is slightly lower than the target, because a clock paces the loop.
MIN_SHARE_OF_RATE = 0.99


def run(rounds: int) -> list[Row]:
    """Measure one round of ten seconds. The bounds are on the rate and on lost rows."""
    written, rows = write(RATE, SECONDS, SINGLE_SECONDS)
    what = f"page views recorded for {SECONDS:g} s at {RATE:,}/s"
    per_second = written.views / written.after_seconds
    single_per_second = written.single_views / written.single_seconds
    lost = written.views + written.single_views - rows
    return [
        Row(
            NAME,
            "page views/s into PostgreSQL: write buffer / one INSERT each",
            "/s",
            [per_second],
            [single_per_second],
            ours_busy=[written.busy],
        ),
        Row(
            NAME,
            f"{what}: ours",
            "/s",
            [written.views / written.seconds],
            bound=MIN_SHARE_OF_RATE * RATE,
        ),
        Row(NAME, f"{what}: lost", "", [lost], bound=0, at_least=False),
        Row(NAME, f"{what}: dropped", "", [written.dropped_rows], bound=0, at_least=False),
        Row(NAME, f"{what}: most rows waiting", "rows", [written.most_waiting_rows]),
    ]


def write(rate: int, seconds: float, single_seconds: float) -> tuple[Written, int]:
    """Write views in a separate process. Return its figures and the rows in the table."""
    url = postgres.create_database()
    full_tables.let_use_all_cores()
    full_tables.connect(NAME, url)
    given = {name: os.environ[name] for name in SITE if name in os.environ}
    module = f"{Written.__module__}"
    arguments = (str(rate), str(seconds), str(single_seconds))
    settings = os.environ["DJANGO_SETTINGS_MODULE"]
    done = site.python(
        "-m",
        module,
        *arguments,
        **{**given, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": settings},
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    rows = Analytics.objects.using(NAME).count()
    connections[NAME].close()
    return Written(**json.loads(done.stdout)), rows
