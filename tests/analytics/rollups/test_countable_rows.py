"""No row is missed that another transaction stores late."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from landing.analytics.rollups import countable_rows
from landing.models import Analytics
from tests.analytics.rows import row

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.each_database]

INSERT = """
    INSERT INTO landing_analytics
        (visitor_id, event, path, referrer_host, created_at, data)
    VALUES (decode(repeat('00', 16), 'hex'), 'page_view', '', '', now(), '{}')
"""


@pytest.fixture
def writer() -> Iterator[psycopg.Connection | None]:
    """Yield another connection to the database; None on SQLite, which has one writer."""
    if connection.vendor != "postgresql":
        yield None
        return
    parameters = connection.get_connection_params()
    given = {name: parameters[name] for name in ("dbname", "user", "host") if parameters.get(name)}
    with psycopg.connect(**given) as other:
        yield other
        other.rollback()


def test_the_last_key_is_that_of_the_newest_row(writer: psycopg.Connection | None) -> None:
    assert countable_rows.read_last_key() == 0
    newest = row(1).pk
    assert countable_rows.read_last_key() == newest


def test_an_open_transaction_is_awaited(writer: psycopg.Connection | None) -> None:
    waits: list[float] = []

    def end(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3 and writer is not None:
            writer.commit()

    if writer is not None:
        writer.execute(INSERT)
    newest = row(1).pk

    assert countable_rows.read_last_key(end) == newest
    assert len(waits) == (0 if writer is None else 3)
    assert Analytics.objects.filter(pk__lte=newest).count() == (1 if writer is None else 2)


def test_a_transaction_that_stays_open_postpones_the_count(
    writer: psycopg.Connection | None,
) -> None:
    if writer is not None:
        writer.execute(INSERT)
    newest = row(1).pk

    assert countable_rows.read_last_key(lambda _: None) == (newest if writer is None else None)
