"""How long the migrations since the previous release block a writer of a large table.

``python -m tests.load.upgrade`` fills the analytics table of the previous release in a PostgreSQL
of its own. One connection then inserts page views without a pause, while the migrations run, and
while an index and a check are added online, and in the plain form for comparison. It prints how
long each step took, and the slowest insert meanwhile.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import django
import psycopg
from rich import print

FILL = """
    INSERT INTO landing_analytics
        (visitor_id, event, path, referrer_host, created_at, data)
    SELECT decode(md5((number %% 500000)::text), 'hex'), 'page_view',
        '/page/' || number %% 1000, '', now() - interval '90 days' * (%s - number) / %s, '{}'
    FROM generate_series(1, %s) AS number
"""
INSERT = """
    INSERT INTO landing_analytics (visitor_id, event, path, referrer_host, created_at, data)
    VALUES (%s, 'page_view', '/now', '', %s, '{}')
"""
SETTLE_SECONDS = 2.0


class Insert(NamedTuple):
    began_at: float
    seconds: float


class Writer:
    """A connection that inserts one row after the other."""

    def __init__(self, url: str) -> None:
        self.inserts: list[Insert] = []
        self._url = url
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._is_stopped.set()
        self._thread.join()

    def _run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._is_stopped.is_set():
                began_at = time.perf_counter()
                connection.execute(INSERT, [os.urandom(16), datetime.now(UTC)])
                self.inserts.append(Insert(began_at, time.perf_counter() - began_at))


@contextmanager
def reported(writer: Writer, name: str) -> Iterator[None]:
    """Print the duration of the block, and the slowest insert that overlapped it."""
    began_at = time.perf_counter()
    yield
    ended_at = time.perf_counter()
    time.sleep(SETTLE_SECONDS)  # the insert in progress ends
    meanwhile = [
        each.seconds
        for each in writer.inserts
        if each.began_at <= ended_at and each.began_at + each.seconds >= began_at
    ]
    print(
        f"{name}: {ended_at - began_at:.2f} s, {len(meanwhile)} inserts, "
        f"the slowest {1000 * max(meanwhile):.0f} ms"
    )


def measure(rows: int) -> None:
    """Fill the table, and run all steps beside a writer."""
    from tests.migrations import database, previous
    from tests.services import postgres

    server = postgres.OwnServer()
    try:
        with database.connect(server.url) as connection:
            migrations = database.Migrations(connection)
            migrations.migrate(previous.NODES)
            with connection.cursor() as cursor:
                cursor.execute(FILL, [rows, rows, rows])
                cursor.execute("VACUUM ANALYZE landing_analytics")
            writer = Writer(server.url)
            try:
                with reported(writer, "No migration"):
                    time.sleep(10)
                for migration in migrations.later():
                    with reported(writer, f"{migration.app_label}.{migration.name}"):
                        migrations.apply(migration)
                _measure_operations(writer, connection, migrations.state_at(previous.NODES))
            finally:
                writer.stop()
    finally:
        server.close()


def _measure_operations(writer: Writer, connection: Any, old: Any) -> None:
    from django.db import models
    from django.db.migrations.operations import AddConstraint, AddIndex

    from landing.migrations._online import AddCheckOnline, AddIndexOnline

    makers: list[Callable[[str], Any]] = [
        lambda name: AddIndexOnline("analytics", models.Index(fields=["path"], name=name)),
        lambda name: AddIndex("analytics", models.Index(fields=["path"], name=name)),
        lambda name: AddCheckOnline("analytics", _check(name)),
        lambda name: AddConstraint("analytics", _check(name)),
    ]

    def _check(name: str) -> models.CheckConstraint:
        return models.CheckConstraint(condition=~models.Q(path="/forbidden"), name=name)

    for number, make in enumerate(makers):
        operation = make(f"measured_{number}")
        new = old.clone()
        operation.state_forwards("landing", new)
        is_plain = type(operation) in (AddIndex, AddConstraint)
        with (
            reported(writer, type(operation).__name__),
            connection.schema_editor(atomic=is_plain) as editor,
        ):
            operation.database_forwards("landing", editor, old, new)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000, help="rows (5,000,000)")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    measure(options.rows)


if __name__ == "__main__":
    main()
