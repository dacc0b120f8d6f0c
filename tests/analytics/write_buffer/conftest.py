from __future__ import annotations

import pytest

from landing.analytics.write_buffer.buffer import WriteBuffer
from tests.analytics.write_buffer.numbers_table import SMALL, Clock, Table


@pytest.fixture(autouse=True)
def _keep_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the buffer from checking a connection that an earlier test left in this thread."""
    monkeypatch.setattr("landing.analytics.write_buffer.buffer.close_old_connections", lambda: None)


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def writer(table: Table, clock: Clock) -> WriteBuffer[int]:
    return WriteBuffer(table.store, in_background=False, read_settings=lambda: SMALL, clock=clock)
