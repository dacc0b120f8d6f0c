"""Slow consumers: some stop reading for a while, and others never read.

All of them leave before the counts are compared, so the truth does not depend on when the server
closes them.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from tests.load.truth.people import Tab
from tests.load.truth.screens import Screen
from tests.load.truth.websocket import Events, WebSocket
from tests.services.ports import HOST

#: A device with little memory, on a real network. On loopback, the kernel of the server would
#: choose large segments and buffer 2.5 MB.
RECEIVE_BUFFER_BYTES, SEGMENT_BYTES = 4096, 1400
#: The answer to the second one is the whole feed.
COMMANDS = (b'{"type":"unsubscribe-activity"}', b'{"type":"subscribe-activity"}')
#: Time between two commands, below the limit of frames.
COMMAND_SECONDS = 0.15
#: A handshake, or a new count, that takes longer has failed.
PATIENCE_SECONDS = 15.0
POLL_SECONDS = 0.1
COUNT = b'{"type":"connection-count"'


@dataclass
class SlowLedger:
    """The counts of all slow consumers."""

    connected: int = 0
    read_again: int = 0
    #: received only counts from before they read again
    never_caught_up: int = 0
    closed: int = 0

    def without_new_count(self, *, should_read_again: bool) -> int | None:
        """Return how many never caught up, or None if none read again although they should."""
        if should_read_again and not self.read_again:
            return None
        return self.never_caught_up


class SlowConsumer:
    """One connection that does not read. It requests the feed again and again."""

    def __init__(self, port: int) -> None:
        self.ended = asyncio.Event()
        self._screen = Screen(process=0)
        self._address = f"{HOST}:{port}"
        self._port = port

    async def connect(self, tab: Tab) -> WebSocket:
        """Connect, and return the open connection. Raise OSError if that fails or takes long."""
        loop = asyncio.get_running_loop()
        opened = loop.create_future()

        def open_() -> None:
            if not opened.done():
                opened.set_result(None)

        def end(code: int | None) -> None:
            self.ended.set()
            if not opened.done():
                opened.set_exception(ConnectionRefusedError("the site refused the handshake"))

        events = Events(open_, self._take, end)
        connection = WebSocket(events, self._address, "/ws/landing/", tab.cookie)
        client = socket.socket()
        try:
            client.setblocking(False)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
            client.bind(tab.local_addr or (HOST, 0))
            async with asyncio.timeout(PATIENCE_SECONDS):
                await loop.sock_connect(client, (HOST, self._port))
                await loop.create_connection(lambda: connection, sock=client)
                await opened
        except BaseException:
            connection.vanish()
            client.close()
            raise
        return connection

    async def catches_up(self, version: int) -> bool:
        """Return whether a count newer than ``version`` arrives in time."""
        ends_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends_at and not self.ended.is_set():
            if self._screen.version > version:
                return True
            await asyncio.sleep(POLL_SECONDS)
        return False

    async def request_feed(self, connection: WebSocket, seconds: float) -> None:
        """Request the feed until the time is over or the connection ends."""
        try:
            async with asyncio.timeout(seconds):
                while not self.ended.is_set():
                    for command in COMMANDS:
                        connection.send_text(command)
                        await asyncio.sleep(COMMAND_SECONDS)
        except TimeoutError:
            return

    def _take(self, text: bytes) -> None:
        if text.startswith(COUNT):
            self._screen.take(text)


class SlowConsumers:
    """Keeps a number of slow consumers connected, half of each sort."""

    def __init__(
        self,
        port: int,
        count: int,
        new_tab: Callable[[], Tab],
        reader: Screen,
        pause_seconds: float,
    ) -> None:
        """Prepare them. ``reader`` is the screen of a client that always reads."""
        self.ledger = SlowLedger()
        self._port = port
        self._count = count
        self._new_tab = new_tab
        self._reader = reader
        self._pause_seconds = pause_seconds
        self._tasks: list[asyncio.Task[None]] = []

    def arrive(self) -> None:
        """Connect all."""
        sorts = (self._pause_and_read, self._never_read)
        self._tasks = [
            asyncio.create_task(self._repeat(sorts[number % len(sorts)]))
            for number in range(self._count)
        ]

    async def leave(self) -> None:
        """Drop all connections. Raise the first error of a slow consumer."""
        for task in self._tasks:
            task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    async def _repeat(
        self, act: Callable[[SlowConsumer, WebSocket], Coroutine[Any, Any, None]]
    ) -> None:
        while True:
            consumer = SlowConsumer(self._port)
            connection = await consumer.connect(self._new_tab())
            self.ledger.connected += 1
            try:
                while not consumer.ended.is_set():
                    await act(consumer, connection)
                self.ledger.closed += 1
            finally:
                connection.vanish()

    async def _pause_and_read(self, consumer: SlowConsumer, connection: WebSocket) -> None:
        connection.pause()
        await consumer.request_feed(connection, self._pause_seconds)
        # The counts that wait in buffers are not newer.
        version = self._reader.version
        connection.resume()
        caught_up = await consumer.catches_up(version)
        if consumer.ended.is_set():
            return
        self.ledger.read_again += 1
        self.ledger.never_caught_up += not caught_up
        await asyncio.sleep(self._pause_seconds)

    async def _never_read(self, consumer: SlowConsumer, connection: WebSocket) -> None:
        connection.pause()
        await consumer.request_feed(connection, self._pause_seconds)
