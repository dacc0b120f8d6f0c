"""Remember the first visitor id of each client that came without a cookie."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from threading import Lock

from .daily_salt import utc_today


class Newcomers:
    """The first visitor ids of clients without a cookie, in this process.

    A page sets a cookie with a new visitor id for such a client. The first view of a client
    is recorded under that id, so that its next view has the same visitor. A later view without
    the cookie comes from a client that rejects cookies, or from a new browser with the same
    address and user agent. Only a request with that cookie shows which of the two it is.

    All methods are thread-safe.
    """

    def __init__(self, max_clients: int = 10_000, today: Callable[[], date] = utc_today) -> None:
        self._max_clients = max_clients
        self._today = today
        self._lock = Lock()
        self.clear()

    def clear(self) -> None:
        """Forget all clients."""
        self._first: dict[bytes, bytes] = {}
        self._day = self._today()

    def first_visitor(self, fallback: bytes, fresh: bytes) -> bytes:
        """Return the id to record: the first one of the client ``fallback``, or ``fresh``."""
        with self._lock:
            if self._day != self._today():
                # The salt of the hashes is deleted, so no client of today has one of them.
                self.clear()
            first = self._first.setdefault(fallback, fresh)
            if len(self._first) > self._max_clients:
                del self._first[next(iter(self._first))]
            return first

    def forget(self, visitor: bytes) -> None:
        """Forget the clients whose first visitor id this is."""
        with self._lock:
            self._first = {key: first for key, first in self._first.items() if first != visitor}


newcomers = Newcomers()
