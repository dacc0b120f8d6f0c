from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator

from landing import asgi
from landing.live import worker
from landing.live.absent_worker import AbsentWorker
from tests.live.websocket_client import Headers, refuse_http
from tests.live.worker_harness import WorkerHarness

#: A browser's, because programs do not count.
AGENT = (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")


@pytest.fixture
def harness() -> WorkerHarness:
    return WorkerHarness()


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the ASGI application with empty tables."""

    async def no_aggregates(newest: Any) -> None:
        return None

    async def no_activities() -> list[Any]:
        return []

    monkeypatch.setattr("landing.stats.read_aggregates", no_aggregates)
    monkeypatch.setattr("landing.background.BackgroundTasks.sample_soon", lambda *arguments: None)
    monkeypatch.setattr("landing.background._read_newest_activities", no_activities)
    return asgi.application(refuse_http)


@pytest.fixture
async def open_connection(application: Any) -> AsyncIterator[Any]:
    """Return a function that opens a WebSocket as a browser does. Close all at the end."""
    connections: list[WebsocketCommunicator] = []

    async def _open(
        path: str = "/ws/landing/",
        *,
        cookies: str = "",
        origin: str | None = None,
        extra_headers: Headers = (),
    ) -> WebsocketCommunicator:
        agent = [] if any(name.lower() == b"user-agent" for name, _ in extra_headers) else [AGENT]
        headers = [(b"host", b"testserver"), *agent, *extra_headers]
        if cookies:
            headers.append((b"cookie", cookies.encode()))
        if origin:
            headers.append((b"origin", origin.encode()))
        connection = WebsocketCommunicator(application, path, headers=headers)
        connection.accepted, _ = await connection.connect()
        connections.append(connection)
        return connection

    yield _open
    for connection in connections:
        if not connection.future.done():
            await connection.disconnect()
    current = worker.current()
    if current.is_serving:
        await current.stop()
    worker.set_current(AbsentWorker())
