"""Keeps the identity of open connections current: sign-ins, sign-outs, and lost rights.

A message about a changed session is a hint, because messages get lost. The sessions of all
connections are read again once per heartbeat, and the result of a read is final.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from itertools import islice
from math import inf
from typing import Protocol

from ...conf import LandingSettings
from ...visitors.session_user import NOBODY, SessionUser
from ...visitors.sessions.change import SessionChange
from ..connection import Connection
from ..presence.contract import Key
from ..registry import Registry
from .visitor_changes import VisitorChange

#: Reads the users of sessions by session key, None for a session that has ended. A session
#: that is missing in the result could not be read.
ReadUsers = Callable[[Collection[str]], Awaitable[Mapping[str, SessionUser | None]]]

#: Share of the heartbeat between two reads, so that a change is reported within a heartbeat.
READ_SHARE = 0.8
#: Highest share of one core that reads may use. With very many sessions, they become rarer.
MAX_BUSY_SHARE = 0.05
#: Shortest time between two reads, however many people sign in.
MIN_SECONDS = 0.25
#: Sessions between two yields to the event loop.
CHUNK = 500


class MarkDirty(Protocol):
    """Reports keys with the next sync; see :meth:`.loop.SyncLoop.mark_dirty`."""

    def __call__(self, keys: Iterable[Key], *, wake: bool, ended: bool = ...) -> None: ...


class Identities:
    """The identities of this worker's connections. ``clock`` is monotonic, in seconds."""

    def __init__(
        self,
        registry: Registry,
        mark_dirty: MarkDirty,
        settings: LandingSettings,
        read_users: ReadUsers | None,
        clock: Callable[[], float],
        on_forget: Callable[[bytes], None] = lambda visitor: None,
    ) -> None:
        #: set when :meth:`due_at` may move forward
        self.changed = asyncio.Event()
        self._registry = registry
        self._mark_dirty = mark_dirty
        self._ignores_staff = settings.LANDING_IGNORE_STAFF
        self._min_interval_seconds = READ_SHARE * settings.LANDING_HEARTBEAT_SECONDS
        self._interval_seconds = self._min_interval_seconds
        self._read_users = read_users
        self._clock = clock
        #: receives the id of each visitor who is forgotten
        self._on_forget = on_forget
        #: sessions that a message announced
        self._announced: set[str] = set()
        #: sessions that had ended at the last complete read
        self._ended: set[str] = set()
        self._read_at = self._read_all_at = -inf

    def admit(self, new: Connection, *, by_cookie: bool) -> None:
        """Plan the next read for a connection that is about to be registered.

        If it is signed in, so are the other connections of its browser: they share cookies.
        """
        if new.session_key is None:
            return
        if not self._registry.session_keys:
            # The handshake has just read the session.
            self._read_all_at = self._clock()
        self.changed.set()
        if by_cookie and new.user is not None:
            for connection in self._registry.of_visitor(new.visitor):
                self._registry.set_session(connection, new.session_key)
                self._set_user(connection, new.user, is_left_out=new.is_left_out)

    def receive(self, change: SessionChange | VisitorChange) -> None:
        """Apply a change of one browser to its connections. Idempotent."""
        if isinstance(change, SessionChange):
            self._receive_session(change)
        else:
            self._receive_visitor(change)

    def _receive_visitor(self, change: VisitorChange) -> None:
        """Stop recording the connections, and rename a forgotten visitor."""
        if change.is_forgotten:
            self._on_forget(change.visitor)
        for connection in tuple(self._registry.of_visitor(change.visitor)):
            connection.stop_recording()
            if change.is_forgotten:
                present, gone = self._registry.set_visitor(connection, change.replacement)
                self._mark_dirty(present, wake=True)
                self._mark_dirty(gone, wake=True, ended=True)

    def _receive_session(self, change: SessionChange) -> None:
        """Give the new session of a browser to its connections."""
        affected = set[Connection]()
        if change.visitor is not None:
            affected.update(self._registry.of_visitor(change.visitor))
        if change.old is not None:
            affected.update(self._registry.of_session(change.old))
        for connection in affected:
            if connection.session_key == change.new:
                continue
            self._registry.set_session(connection, change.new)
            if change.new is None:
                self._set_user(connection, None, is_left_out=False)
            else:
                self._announced.add(change.new)
                self.changed.set()

    def due_at(self) -> float:
        """Return when sessions are read next; never without a session."""
        if self._read_users is None or not self._registry.session_keys:
            return inf
        if self._announced:
            return self._read_at + MIN_SECONDS
        return self._read_all_at + self._interval_seconds

    async def read(self) -> None:
        """Read the announced sessions, or all if that is due, and apply the result."""
        if self._read_users is None:
            return
        began_at = self._read_at = self._clock()
        session_keys, self._announced = self._announced, set()
        is_complete = began_at >= self._read_all_at + self._interval_seconds
        if is_complete:
            session_keys = set(self._registry.session_keys)
            self._read_all_at = began_at
        users = await self._read_users(session_keys)
        busy_seconds = self._clock() - began_at
        self._interval_seconds = max(self._min_interval_seconds, busy_seconds / MAX_BUSY_SHARE)
        await self._apply(users)
        if is_complete:
            self._forget_ended({key for key, user in users.items() if user is None})

    async def _apply(self, users: Mapping[str, SessionUser | None]) -> None:
        remaining = iter(users.items())
        while chunk := list(islice(remaining, CHUNK)):
            # All connections of a session change in one step, because they are one person.
            for session_key, found in chunk:
                user = found or NOBODY
                is_left_out = user.is_staff and self._ignores_staff
                for connection in self._registry.of_session(session_key):
                    self._set_user(connection, user.key, is_left_out=is_left_out)
            await asyncio.sleep(0)

    def _forget_ended(self, ended: set[str]) -> None:
        """Read sessions no more that have ended twice: one copy of a database may lag behind."""
        for session_key in ended & self._ended:
            for connection in tuple(self._registry.of_session(session_key)):
                self._registry.set_session(connection, None)
        self._ended = ended

    def _set_user(self, connection: Connection, user: str | None, *, is_left_out: bool) -> None:
        if (connection.user, connection.is_left_out) == (user, is_left_out):
            return
        present, gone = self._registry.set_user(connection, user, is_left_out=is_left_out)
        # One report has both. With a grace period, one person would count twice.
        self._mark_dirty(present, wake=True)
        self._mark_dirty(gone, wake=True, ended=True)
