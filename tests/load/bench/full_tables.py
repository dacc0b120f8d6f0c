"""Analytics tables with the rows of a busy site after a month, on real databases.

This module owns the count, the width, and the order of the rows. As in a live table, rows are in
the order of time, the indexes grew with the rows, and autovacuum ran a few minutes ago with the
settings of the table (docs/decisions/0002-index-for-the-active-window.md).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path

import environ
import psutil
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from landing_site.environment import derived_settings
from tests.load.bench.servers import CLIENT_CORE, SERVER_CORE
from tests.services import postgres

#: Rows on PostgreSQL, for all measurements of one run.
ROWS = 5_000_000
AGE = timedelta(days=30)
#: Age of the oldest row of the window, low enough to stay in it during a measurement.
RECENT = timedelta(minutes=12)
#: Share of recent rows.
RECENT_SHARE = 0.01
#: Share of the recent rows that are newer than the last vacuum: 10,000 of 50,000.
FRESH_SHARE = 0.2
#: Visitors of the old rows, and of the recent rows.
VISITORS, RECENT_VISITORS = 400_000, 20_000

# One row in three has a referrer and one in thirty a user; a path has 1 to 40 characters.
_COLUMNS = """
    INSERT INTO landing_analytics (
        event, utm_source, utm_campaign, language, width,
        user_id, path, referrer_host, data, visitor_id, created_at
    )
    SELECT 'page_view', {dimensions},
        CASE WHEN n %% 30 = 0 THEN n %% 5000 END,
        substr('/blog/how-to-tell-who-is-here-right-now/', 1, 1 + n %% 40),
        CASE WHEN n %% 3 = 0 THEN 'blog-' || n %% 50 || '.example' ELSE '' END,
        '{{}}',
"""
#: Values of the dimensions, with none and with one row in ten from a campaign.
NO_DIMENSIONS = "'', '', '', ''"
DIMENSIONS = """
    CASE WHEN n %% 10 = 0 THEN 'source ' || n %% 7 ELSE '' END,
    CASE WHEN n %% 10 = 0 THEN 'campaign ' || n %% 13 ELSE '' END,
    CASE WHEN n %% 2 = 0 THEN 'en' ELSE 'l' || n %% 21 END,
    CASE WHEN n %% 3 = 0 THEN 'small' ELSE 'large' END
"""
INSERT = {
    "postgresql": f"""{_COLUMNS}
        decode(md5(floor(random() * %(visitors)s)::text), 'hex'),
        %(until)s::timestamptz - (%(rows)s - n) * interval '1 second' * %(step_seconds)s
        FROM generate_series(1, %(rows)s) AS n
    """,
    "sqlite": f"""
        WITH RECURSIVE numbers(n) AS (
            VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < %(rows)s
        )
        {_COLUMNS}
        CAST(printf('%%016d', abs(random() %% %(visitors)s)) AS BLOB),
        strftime(
            '%%Y-%%m-%%d %%H:%%M:%%f',
            %(until)s,
            ((n - %(rows)s) * %(step_seconds)s) || ' seconds'
        )
        FROM numbers
    """,
}
# Without this flush, the count of new rows arrives after VACUUM and triggers a second one.
SETTLE = {
    "postgresql": ("SELECT pg_stat_force_next_flush()", "VACUUM ANALYZE landing_analytics"),
    "sqlite": ("ANALYZE",),
}


@dataclass(frozen=True, slots=True)
class FullTable:
    """``alias`` names Django's connection. ``filled_at`` is the time of the newest row."""

    alias: str
    url: str
    rows: int
    filled_at: datetime

    @property
    def vendor(self) -> str:
        return connections[self.alias].vendor

    def bytes_of(self, name: str) -> int:
        """Return the size of a table or an index."""
        question = "SELECT sum(pgsize) FROM dbstat WHERE name = %s"
        if self.vendor == "postgresql":
            question = "SELECT pg_relation_size(%s)"
        with connections[self.alias].cursor() as cursor:
            cursor.execute(question, [name])
            return int(cursor.fetchone()[0])


@cache
def on_postgres(
    rows: int = ROWS, age: timedelta = AGE, dimensions: str = NO_DIMENSIONS
) -> FullTable:
    """Fill a new database of the PostgreSQL server, which may use both cores."""
    url = postgres.create_database()
    let_use_all_cores()
    return _filled(f"full_postgres_{age.days}", url, rows, age, dimensions)


@cache
def on_sqlite(rows: int, directory: Path) -> FullTable:
    """Fill a new SQLite file in this directory."""
    return _filled("full_sqlite", f"sqlite:///{directory / 'full.sqlite3'}", rows)


def let_use_all_cores() -> None:
    """Let PostgreSQL use all cores. As a child of the harness, it would use one."""
    main = psutil.Process(postgres.server().get_pid())
    for process in (main, *main.children()):
        # The process of one query may have ended already.
        with suppress(psutil.NoSuchProcess):
            process.cpu_affinity([SERVER_CORE, CLIENT_CORE])


def connect(alias: str, url: str) -> None:
    """Add a database to Django's connections and migrate it."""
    config = environ.Env.db_url_config(url)
    connections.databases[alias] = {
        **connections.databases["default"],
        **derived_settings.build_database(config),
    }
    call_command("migrate", database=alias, verbosity=0)


def _filled(
    alias: str, url: str, rows: int, age: timedelta = AGE, dimensions: str = NO_DIMENSIONS
) -> FullTable:
    connect(alias, url)
    recent = round(rows * RECENT_SHARE)
    fill = partial(insert, alias, dimensions)
    fill(rows - recent, VISITORS, timezone.now() - RECENT, age)
    with connections[alias].cursor() as cursor:
        for statement in SETTLE[connections[alias].vendor]:
            cursor.execute(statement)
    filled_at, fresh = timezone.now(), round(recent * FRESH_SHARE)
    fresh_from = filled_at - FRESH_SHARE * RECENT
    fill(recent - fresh, RECENT_VISITORS, fresh_from, (1 - FRESH_SHARE) * RECENT)
    if connections[alias].vendor == "postgresql":
        with connections[alias].cursor() as cursor:
            # Without ANALYZE: autovacuum analyzes only after a tenth of the rows is new.
            cursor.execute("VACUUM landing_analytics")
    fill(fresh, RECENT_VISITORS, filled_at, FRESH_SHARE * RECENT)
    return FullTable(alias, url, rows, filled_at)


def insert(
    alias: str, dimensions: str, rows: int, visitors: int, until: datetime, span: timedelta
) -> None:
    """Insert rows evenly over the ``span`` before ``until``."""
    given = {
        "rows": rows,
        "visitors": visitors,
        "until": until.replace(tzinfo=None) if connections[alias].vendor == "sqlite" else until,
        "step_seconds": span.total_seconds() / rows,
    }
    with connections[alias].cursor() as cursor:
        statement = INSERT[connections[alias].vendor].format(dimensions=dimensions)
        cursor.execute(statement, given)
