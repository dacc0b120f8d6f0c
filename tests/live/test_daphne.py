"""What is relied on of Daphne, autobahn and Twisted, held against the installed versions."""

from __future__ import annotations

import asyncio
import inspect
import signal
from functools import partial
from typing import Any

import pytest
from autobahn.twisted.websocket import WebSocketServerProtocol
from daphne.server import Server
from websockets.asyncio.client import connect

from landing.live import daphne


def test_the_private_names_are_still_there() -> None:
    assert callable(WebSocketServerProtocol.sendCloseFrame)
    assert WebSocketServerProtocol.STATE_OPEN is not None
    assert "partial(self.handle_reply, protocol)" in _source(Server.create_application)


def _source(function: Any) -> str:
    return inspect.getsource(function)


async def test_another_server_is_told_apart() -> None:
    async def send(message: object) -> None:
        """An ASGI send of some other server."""

    assert not daphne.send_close_frame(send, 1001)
    assert not daphne.send_close_frame(partial(send), 1001)
    assert not daphne.send_close_frame(partial(send, object()), 1001)


def test_without_a_running_reactor_there_is_no_hook() -> None:
    async def leave() -> None:
        """Never called."""

    assert not daphne.before_shutdown(leave)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_clients_of_a_stopping_daphne_hear_1001(daphne: Any, stop: signal.Signals) -> None:
    server = await asyncio.to_thread(daphne)
    sockets = [await connect(server.ws_url) for _ in range(3)]
    for socket in sockets:
        await socket.recv()
    status = await asyncio.to_thread(server.stop, stop)
    assert status == 0
    for socket in sockets:
        async for _ in socket:  # until the server ends it
            pass
        assert socket.close_code == 1001
