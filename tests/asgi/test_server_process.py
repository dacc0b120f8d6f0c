"""The end of a server process."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.db import connection

from landing import conf
from landing.analytics import recording
from landing.asgi.server_process import ServerProcess
from landing.live.transport.guard import Guard


@pytest.mark.django_db(transaction=True)
async def test_the_thread_that_writes_the_last_rows_closes_its_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Python 3.13 warns of a connection that is never closed."""
    opened: list[Any] = []

    def write() -> None:
        connection.ensure_connection()
        opened.append(connection.connection)

    monkeypatch.setattr(recording.writer, "finish", write)
    process = ServerProcess(Guard.from_settings(conf.read()))

    def finish() -> bool:
        process.finish()
        return connection.connection is None

    assert await asyncio.to_thread(finish)
    assert len(opened) == 1
