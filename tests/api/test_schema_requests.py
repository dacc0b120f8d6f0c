"""Requests that Schemathesis makes from the OpenAPI schema, with all its checks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.load.fuzz import schema
from tests.services.site import DaphneServer, with_own_database

EXAMPLES, SEED = 10, 1


@pytest.fixture(scope="module")
def server(
    production: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DaphneServer]:
    given = with_own_database(production, tmp_path_factory.mktemp("site"))
    server = DaphneServer({**given, **schema.UNLIMITED})
    server.start()
    yield server
    server.close()


def test_every_response_conforms_to_the_schema_with_and_without_a_token(
    server: DaphneServer, tmp_path: Path
) -> None:
    def run(token: str | None) -> tuple[int, str]:
        done = schema.run(server, tmp_path, seed=SEED, examples=EXAMPLES, token=token)
        return done.returncode, done.stdout

    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(run, (None, schema.create_token(server))))
    for status, output in results:
        assert status == 0, output
        assert "Operations:       5 selected / 5 total" in output
    assert '"POST /api/landing/activities/" 201' in server.log
    assert "Traceback" not in server.log
