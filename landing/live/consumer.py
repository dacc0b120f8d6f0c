"""The WebSocket: accept, parse, register, reply.

Protocol only. Numbers, timing and other workers are the worker's business.
"""

from __future__ import annotations

import time
from typing import Any, cast
from urllib.parse import parse_qs

from asgiref.typing import WebSocketSendEvent
from channels.generic.websocket import AsyncWebsocketConsumer

from landing import identity
from landing.live import daphne, messages
from landing.live.messages import BadFrame, CloseCode
from landing.live.registry import Connection
from landing.live.worker import Worker, current


class LiveConsumer(AsyncWebsocketConsumer):
    """One socket. The worker is in the channel group, this socket is in its registry."""

    #: Names no layer: a channel and a listener per socket are what makes a
    #: broadcast slow (docs/decisions/0001-one-group-member-per-worker.md).
    channel_layer_alias = "none: the worker is the member"

    worker: Worker
    connection: Connection | None = None
    bad_frames = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Run the socket; whatever ends it, nothing of it stays in the registry."""
        worker = current()
        if worker is None or worker.draining:
            await send({"type": "websocket.close"})
            return
        self.worker = worker
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self.connection is not None:
                worker.disconnect(self.connection)

    async def dispatch(self, message: dict[str, Any]) -> None:
        # The base class hops to a thread before every message to close old database
        # connections. Only the handshake of somebody with a session uses the
        # database, and Django's own async queries look after that one.
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def connect(self) -> None:
        who = await identity.from_scope(self.scope)
        settings = self.worker.settings
        await self.accept()
        if self.worker.is_full_for(who.visitor):
            await self.close(code=CloseCode.TOO_MANY_CONNECTIONS)
            return
        query = parse_qs(self.scope["query_string"].decode("latin1"), keep_blank_values=True)
        self.connection = Connection(
            visitor=who.visitor,
            user=who.user,
            send=self._send_text,
            close=self._close,
            joined_at_ms=time.time_ns() // 1_000_000,
            topics=set(messages.parse_topics(query["topics"][-1] if "topics" in query else None)),
            counted=not (who.is_staff and settings.ignore_staff),
        )
        await self.worker.connect(self.connection)

    async def disconnect(self, code: int) -> None:
        # Here and not only in the end: the base class waits for a thread next, in line
        # behind the session lookups of others, and a slow database is not to keep people.
        if self.connection is not None:
            self.worker.disconnect(self.connection)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.connection is None:
            return
        try:
            command = messages.parse(text_data, self.worker.settings.max_frame_bytes)
        except BadFrame as error:
            await self._refuse(error)
            return
        if command.type == "ping":
            await self._send_text(messages.dump_pong())
        elif command.type == "subscribe" and command.topic is not None:
            await self.worker.subscribe(self.connection, command.topic)
        elif command.topic is not None:
            self.connection.topics.discard(command.topic)

    async def _refuse(self, error: BadFrame) -> None:
        self.bad_frames += 1
        await self._send_text(messages.dump_error(error))
        if self.bad_frames >= self.worker.settings.max_bad_frames:
            await self.close(code=CloseCode.TOO_MANY_BAD_FRAMES)

    async def _send_text(self, text: str) -> None:
        # Without the layers of AsyncWebsocketConsumer.send(): this runs once per frame.
        await self.base_send(cast("WebSocketSendEvent", {"type": "websocket.send", "text": text}))

    async def _close(self, code: int) -> None:
        if not daphne.send_close_frame(self.base_send, code):
            await self.close(code=code)
