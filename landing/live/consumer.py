"""The WebSocket consumer: accept, register, parse, and reply.

Only the protocol. The worker counts, broadcasts, and exchanges messages with other workers.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import parse_qs

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from ..limits import hits
from ..limits.hits import Limit
from ..places import tokens
from ..visitors import client, exclusions, identity
from ..visitors.identity import Identity
from . import frames
from .connection import Connection
from .frames import BadFrame, CloseCode, Topic
from .map.live_map import REFUSAL
from .transport import daphne
from .worker import Worker, current

logger = logging.getLogger(__name__)


class LiveConsumer(AsyncWebsocketConsumer):
    """One connection, from its handshake to its end.

    The worker is the member of the channel group. A connection has no channel and no
    listener of its own, which would make a broadcast slow
    (docs/decisions/0001-one-group-member-per-worker.md).
    """

    worker: Worker
    connection: Connection | None = None
    arrived_at: float
    bad_frames = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Run the connection and unregister it, whatever ends it.

        Replaces the loop of the base class. That one creates a task per connection to wait
        for messages, and closes old database connections in a thread after each message.
        Only the handshake of a visitor with a session uses the database, and closes it.
        """
        worker = current()
        if not worker.is_serving or worker.is_draining:
            await send({"type": "websocket.close"})
            return
        self.worker, self.scope, self.base_send = worker, scope, send
        self.arrived_at = daphne.arrived_at(send) or worker.parts.clock()
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
        """Accept the handshake and register the connection."""
        headers = client.headers_of_scope(self.scope)
        who = await identity.from_scope(self.scope, headers)
        settings = self.worker.settings
        query_string = self.scope["query_string"].decode("latin1")
        query = parse_qs(query_string, keep_blank_values=True) if query_string else {}
        topics = frames.parse_topics(query["topics"][-1] if "topics" in query else None)
        may_watch_map = Topic.MAP in topics and await self._may_watch_map(who.session_key, who.user)
        await self.accept()
        self.worker.handshakes.observe(self.worker.parts.clock() - self.arrived_at)
        daphne.pause_reading_when_full(self.base_send)
        if self.worker.is_full_for(who.visitor):
            hits.count(Limit.VISITOR_CONNECTIONS)
            await self.close(code=CloseCode.TOO_MANY_CONNECTIONS)
            return
        has_fast_path = settings.LANDING_FAST_PATH and settings.LANDING_PROCESS_TUNING
        self.connection = Connection(
            visitor=who.visitor,
            user=who.user,
            outbound=daphne.open_outbound(self.base_send, fast_path=has_fast_path),
            close=self._close,
            topics=topics,
            is_counted=exclusions.is_person(headers),
            is_recorded=_may_be_recorded(who, query, headers),
            is_left_out=who.is_staff and settings.LANDING_IGNORE_STAFF,
            session_key=who.session_key,
            network=who.network,
            width=frames.parse_width(query["width"][-1] if "width" in query else None),
            place=self._resolve_place(query["place"][-1]) if "place" in query else "",
            may_watch_map=may_watch_map,
        )
        await self.worker.connect(self.connection, by_cookie=who.by_cookie)
        if Topic.MAP in topics and not may_watch_map:
            await self._reply(REFUSAL)

    async def websocket_disconnect(self, message: Any) -> None:
        """End the loop of :meth:`__call__`."""
        raise StopConsumer

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Execute the command in a frame, or reply with an error frame."""
        if self.connection is None:
            return
        try:
            command = frames.parse(text_data, self.worker.settings.LANDING_MAX_FRAME_BYTES)
        except BadFrame as error:
            await self._refuse(error)
            return
        if command.type == "ping":
            await self._reply(frames.dump_pong())
        elif command.type == "at":
            self.worker.set_place(self.connection, self._resolve_place(command.path))
        elif command.type == "subscribe" and command.topic is not None:
            await self._subscribe(self.connection, command.topic)
        elif command.topic is not None:
            self.worker.set_topics(self.connection, self.connection.topics - {command.topic})

    async def _subscribe(self, connection: Connection, topic: Topic) -> None:
        if topic is Topic.MAP:
            session_key, user = connection.session_key, connection.user
            connection.may_watch_map = await self._may_watch_map(session_key, user)
            if not connection.may_watch_map:
                await self._reply(REFUSAL)
        if self.connection is not None:  # it may have ended meanwhile
            self.worker.set_topics(connection, connection.topics | {topic})

    async def _may_watch_map(self, session_key: str | None, user: str | None) -> bool:
        return await self.worker.parts.live_map.access.permits(session_key, user)

    def _resolve_place(self, text: str | None) -> str:
        """Return the place that the browser names; elsewhere if it may not name that one."""
        root_path = self.scope.get("root_path", "")
        place = None if text is None else tokens.resolve(text, root_path)
        if place is None:
            hits.count(Limit.BAD_PLACES)
        return place or ""

    async def _refuse(self, error: BadFrame) -> None:
        self.bad_frames += 1
        if error.code == frames.TOO_LARGE:
            hits.count(Limit.FRAME_BYTES)
        await self._reply(frames.dump_error(error))
        if self.bad_frames >= self.worker.settings.LANDING_MAX_BAD_FRAMES:
            hits.count(Limit.BAD_FRAMES)
            await self._close(CloseCode.TOO_MANY_BAD_FRAMES)

    async def _reply(self, text: str) -> None:
        if self.connection is None or not self.worker.has_room_for_reply(self.connection):
            return
        try:
            # Some servers make this wait until the client reads; then its frames wait, too.
            await self.send(text_data=text)
        except Exception as error:  # noqa: BLE001  servers differ in what they raise
            # The client closed right after its frame. The next message reports that.
            logger.debug("A reply did not reach a connection: %r", error)

    async def _close(self, code: int) -> None:
        # A client that never takes the close frame must not count until then.
        if self.connection is not None:
            self.worker.disconnect(self.connection)
            self.connection = None
        if not daphne.send_close_frame(self.base_send, code):
            await self.close(code=code)


def _may_be_recorded(
    who: Identity, query: dict[str, list[str]], headers: exclusions.Headers
) -> bool:
    # Some browsers omit from a handshake an opt-out header that page requests carry. The cookie
    # and the parameter carry it.
    if not who.may_leave_rows or "no" in query.get("record", ()):
        return False
    return exclusions.may_be_recorded(headers)
