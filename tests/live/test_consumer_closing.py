"""The end of a connection, and the start and stop of the worker with the server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from landing.live import worker
from landing.live.absent_worker import AbsentWorker
from landing.live.consumer import LiveConsumer
from tests.live.websocket_client import (
    cookie_header,
    receive_frames,
    serving_worker,
)
from tests.services import frames
from tests.services.raw_websocket import RawWebSocket
from tests.services.site import DaphneServer


async def test_a_draining_worker_refuses_new_connections(open_connection: Any) -> None:
    await open_connection()
    await serving_worker().stop()
    assert not (await open_connection()).accepted


@pytest.mark.parametrize("ending", ["closed by the client", "cancelled", "exception"])
async def test_a_closed_connection_is_removed_regardless_of_how_it_closed(
    open_connection: Any, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await open_connection(cookies=cookie_header())
    await receive_frames(connection)
    current = serving_worker()
    assert len(current.connections()) == 1
    if ending == "closed by the client":
        await connection.disconnect()
    elif ending == "cancelled":
        connection.future.cancel()
    else:
        monkeypatch.setattr(LiveConsumer, "receive", lambda *_, **__: 1 / 0)
        await connection.send_to(text_data="anything")
    await asyncio.wait([connection.future], timeout=1)
    assert connection.future.done()
    assert len(current.connections()) == 0
    assert not list(current.connections().keys())


def test_a_client_that_closes_right_after_its_frames_leaves_no_error_in_the_log(
    daphne: Callable[..., DaphneServer],
) -> None:
    server = daphne()
    for last in (frames.dump(frames.CLOSE, b""), b"\xff\xff"):  # a reserved bit ends it, too
        with RawWebSocket(server.port) as client:
            client.send_bytes(frames.dump(frames.TEXT, b'{"type":"ping"}') * 5 + last)
            client.read_to_end()
    with RawWebSocket(server.port) as client:
        count = client.wait_for(lambda message: message.get("count") == 1)
    assert count["type"] == "connection-count"
    time.sleep(1.5)  # Daphne collects exceptions once a second
    assert "Traceback" not in server.log


async def test_a_connection_runs_in_a_single_task(open_connection: Any) -> None:
    await receive_frames(await open_connection())
    before = len(asyncio.all_tasks())
    for _ in range(5):
        await receive_frames(await open_connection(cookies=cookie_header()), quiet_seconds=0.05)
    assert len(asyncio.all_tasks()) == before + 5


async def test_closing_a_connection_needs_no_thread(
    open_connection: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await open_connection(cookies=cookie_header())

    def refuse(*arguments: object) -> None:
        raise AssertionError("the thread pool can be busy with session lookups")

    monkeypatch.setattr(asyncio.get_running_loop(), "run_in_executor", refuse)
    await connection.send_input({"type": "websocket.disconnect", "code": 1000})
    await asyncio.wait([connection.future], timeout=1)
    assert connection.future.done()
    assert len(serving_worker().connections()) == 0


class TestLifespan:
    """The lifespan protocol of ASGI, for servers that support it."""

    async def test_the_worker_starts_and_drains_with_the_server(self, application: Any) -> None:
        messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        sent: list[str] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message["type"])

        await messages.put({"type": "lifespan.startup"})
        await messages.put({"type": "lifespan.shutdown"})
        await application({"type": "lifespan"}, messages.get, send)
        assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
        assert serving_worker().is_draining
        worker.set_current(AbsentWorker())
