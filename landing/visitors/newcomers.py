"""First visits: which visitor id a client without a cookie got first."""

from __future__ import annotations


class Newcomers:
    """Who the clients without a cookie were when they first came, in this process.

    A page answers such a client with a cookie under a new identity, and its first
    view counts under that one, so that the next view is the same visitor's. A client
    that comes again *without* the cookie keeps none: it stays who it was the first
    time and does not become a new visitor with each view.
    """

    def __init__(self, max_clients: int = 10_000) -> None:
        self._max_clients = max_clients
        self.forget()

    def forget(self) -> None:
        """As if nobody had come yet."""
        self._first: dict[bytes, bytes] = {}

    def visitor(self, fallback: bytes, fresh: bytes) -> bytes:
        """The identity to record: ``fresh``, or the first one that ``fallback`` got today."""
        first = self._first.setdefault(fallback, fresh)
        if len(self._first) > self._max_clients:
            del self._first[next(iter(self._first))]
        return first
