from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.services import postgres


def test_each_test_gets_its_own_empty_database(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        count = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchone()
    assert count == (0,)


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[postgres.OwnServer]:
    server = postgres.OwnServer()
    yield server
    server.close()


def test_a_restarted_server_has_its_data(
    own_postgres: postgres.OwnServer,
) -> None:
    with psycopg.connect(own_postgres.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE stored AS SELECT 7 AS number")
    own_postgres.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(own_postgres.url)

    own_postgres.start()
    with psycopg.connect(own_postgres.url) as connection:
        assert connection.execute("SELECT number FROM stored").fetchone() == (7,)


def test_a_paused_server_does_not_answer_until_it_is_resumed(
    own_postgres: postgres.OwnServer,
) -> None:
    own_postgres.pause()
    with pytest.raises(psycopg.OperationalError, match="timeout"):
        psycopg.connect(own_postgres.url, connect_timeout=2)

    own_postgres.resume()
    psycopg.connect(own_postgres.url).close()
