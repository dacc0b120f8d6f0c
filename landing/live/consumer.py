"""The WebSocket: accept, parse, register, reply.

Protocol only. Numbers, timing and other workers are the worker's business.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from ..visitors import client, exclusions, identity
from ..visitors.identity import Identity
from . import frames
from .frames import BadFrame, CloseCode
from .registry import Connection
from .transport import daphne
from .transport.outbound import AsgiOutbound
from .worker import Worker, current


class LiveConsumer(AsyncWebsocketConsumer):
    """One socket. The worker is in the channel group, this socket is in its registry.

    It has no channel of its own, and so no listener: a channel and a listener per socket
    are what makes a broadcast slow (docs/decisions/0001-one-group-member-per-worker.md).
    """

    worker: Worker
    connection: Connection | None = None
    bad_frames = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Run the socket; whatever ends it, nothing of it stays in the registry.

        Instead of the base class's loop, which makes a task per socket to wait for a
        message, and one thread hop per message to close old database connections: only
        the handshake of somebody with a session uses the database, and looks after it.
        """
        worker = current()
        if worker is None or worker.draining:
            await send({"type": "websocket.close"})
            return
        self.worker, self.scope, self.base_send = worker, scope, send
        try:
            while True:
                message = await receive()
                await getattr(self, message["type"].replace(".", "_"))(message)
        except StopConsumer:
            pass
        finally:
            if self.connection is not None:
                worker.disconnect(self.connection)

    async def connect(self) -> None:
        who = await identity.from_scope(self.scope)
        settings = self.worker.settings
        await self.accept()
        daphne.hold_back(self.base_send)
        if self.worker.is_full_for(who.visitor):
            await self.close(code=CloseCode.TOO_MANY_CONNECTIONS)
            return
        query = parse_qs(self.scope["query_string"].decode("latin1"), keep_blank_values=True)
        is_counted = not (who.is_staff and settings.LANDING_IGNORE_STAFF)
        self.connection = Connection(
            visitor=who.visitor,
            user=who.user,
            line=daphne.line_of(self.base_send) or AsgiOutbound(self.base_send),
            close=self._close,
            topics=frames.parse_topics(query["topics"][-1] if "topics" in query else None),
            counted=is_counted,
            recorded=is_counted and self._may_be_recorded(who, query),
        )
        await self.worker.connect(self.connection)

    def _may_be_recorded(self, who: Identity, query: dict[str, list[str]]) -> bool:
        # Not every browser says in a handshake what it says when it asks for a page.
        if not who.by_cookie or "no" in query.get("record", ()):
            return False
        return exclusions.may_be_recorded(client.headers_of_scope(self.scope))

    async def websocket_disconnect(self, message: Any) -> None:
        raise StopConsumer

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.connection is None:
            return
        try:
            command = frames.parse(text_data, self.worker.settings.LANDING_MAX_FRAME_BYTES)
        except BadFrame as error:
            await self._refuse(error)
            return
        if command.type == "ping":
            await self._reply(frames.dump_pong())
        elif command.type == "subscribe" and command.topic is not None:
            self.worker.subscribe(self.connection, command.topic)
        elif command.topic is not None:
            self.worker.unsubscribe(self.connection, command.topic)

    async def _refuse(self, error: BadFrame) -> None:
        self.bad_frames += 1
        await self._reply(frames.dump_error(error))
        if self.bad_frames >= self.worker.settings.LANDING_MAX_BAD_FRAMES:
            await self._close(CloseCode.TOO_MANY_BAD_FRAMES)

    async def _reply(self, text: str) -> None:
        # Waits where the server makes it wait: who does not read is not read from either.
        if self.connection and not self.worker.slow_readers.overflows(self.connection):
            await self.send(text_data=text)

    async def _close(self, code: int) -> None:
        # Who never takes the close frame does not count until then.
        if self.connection is not None:
            self.worker.disconnect(self.connection)
            self.connection = None
        if not daphne.send_close_frame(self.base_send, code):
            await self.close(code=code)
