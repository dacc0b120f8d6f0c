"""One open tab: its socket and its reconnects.

It follows ``js/transport/live-socket.js`` of the page after close code 1001. After any other end it
does not reconnect, so that the ledger has every lost socket.
"""

from __future__ import annotations

import random
import time
from asyncio import get_running_loop
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from landing.live.frames import CloseCode
from landing.live.reconnect_spread import FAILED_ATTEMPT_MS
from landing.places.names import ELSEWHERE
from tests.load.truth import pages
from tests.load.truth.people import Tab
from tests.load.truth.truth import Held
from tests.load.truth.websocket import Events, WebSocket
from tests.services.ports import HOST

#: The values of live-socket.js.
BACKOFF_SECONDS, STABLE_SECONDS = 1.0, 5.0
#: Extra time, beyond the spread, for one failed attempt.
GRACE_SECONDS = FAILED_ATTEMPT_MS / 1000
#: Afterwards a worker has reported a page. Two workers report earlier pages in any order.
SETTLING_SECONDS = 2.0
RETRY_FRAME = b'{"type":"retry","after_ms_max":'


class Doors(Protocol):
    """Chooses a process for each connection, and schedules reconnects."""

    def choose(self) -> int: ...
    def port(self, process: int) -> int: ...
    def call_later(self, seconds: float, client: Client) -> None: ...


@dataclass
class Ledger:
    """The combined records of all clients."""

    helds: list[Held] = field(default_factory=list)
    open: set[Client] = field(default_factory=set)
    #: close codes of the sockets that did not end gracefully
    lost: list[int | None] = field(default_factory=list)
    #: attempts that did not open a socket
    failed_attempts: int = 0


class Client:
    """The client of one tab.

    With ``pinned_to``, it connects only to that process until the process ends.
    """

    def __init__(
        self,
        tab: Tab,
        doors: Doors,
        ledger: Ledger,
        pinned_to: int | None = None,
        place: str = ELSEWHERE,
        topics: str = "",
    ) -> None:
        self.tab = tab
        self._place = place
        self._topics = topics
        self._doors = doors
        self._ledger = ledger
        self._pinned_to = pinned_to
        self.on_text: Callable[[bytes], None] | None = None
        self._process = -1
        self._socket: WebSocket | None = None
        self._held: Held | None = None
        self.spread_seconds = 0.0
        self._failures = 0
        self._opened_at = 0.0
        #: when the last socket ended, while the next attempt is not due yet
        self._waiting_since: float | None = None
        self._left = False

    async def connect(self) -> None:
        self._waiting_since = None
        if self._left:
            return
        self._process = self._doors.choose() if self._pinned_to is None else self._pinned_to
        port = self._doors.port(self._process)
        try:
            await get_running_loop().create_connection(
                lambda: self._dial(port), HOST, port, local_addr=self.tab.local_addr
            )
        except OSError:
            self._failed()

    def leave(self, *, vanishing: bool = False) -> None:
        """Leave for good. A socket that is still opening is closed once it is open."""
        self._left = True
        if self in self._ledger.open:
            self._close(vanishing)
        elif self._held is not None and self._waiting_since is not None:
            # The person was gone when the last socket ended.
            self._held.closed_at = min(self._held.closed_at, self._waiting_since)

    @property
    def is_open(self) -> bool:
        """Return whether the socket is open."""
        return self in self._ledger.open

    @property
    def is_settled(self) -> bool:
        """Return whether the socket is open, and its process surely knows the page."""
        if not self.is_open or self._held is None:
            return False
        shown_at, _ = self._held.places[-1]
        return time.monotonic() - shown_at >= SETTLING_SECONDS

    def load(self, place: str) -> None:
        """Load another page in an open tab: its socket closes, and that page opens one."""
        self._close(vanishing=False)
        self._place = place
        self._doors.call_later(0, self)

    def show(self, place: str) -> None:
        """Show another page in an open tab without loading it, as a single-page site does."""
        assert self._socket is not None and self._held is not None
        self._place = place
        self._socket.send_text(pages.frame(place))
        self._held.places.append((time.monotonic(), place))

    def _close(self, vanishing: bool) -> None:
        assert self._socket is not None and self._held is not None
        self._ledger.open.discard(self)
        self._held.closed_at = time.monotonic()
        if vanishing:
            self._socket.vanish()
        else:
            self._socket.leave()

    # -- events of the socket --------------------------------------------------------

    def _dial(self, port: int) -> WebSocket:
        events = Events(self._opened, self._received, self._ended)
        path = f"/ws/landing/{pages.query(self._place, self._topics)}"
        self._socket = WebSocket(events, f"{HOST}:{port}", path, self.tab.cookie)
        return self._socket

    def _opened(self) -> None:
        self._opened_at = time.monotonic()
        if self._held is not None:
            # The person counted as present for the time of this reconnect.
            self._held.closed_at = min(self._held.closed_at, self._opened_at)
        self._held = Held(self.tab.visitor, self.tab.user, self._process, self._opened_at)
        self._held.places.append((self._opened_at, self._place))
        self._ledger.helds.append(self._held)
        self._ledger.open.add(self)
        if self._left:
            self._close(vanishing=False)

    def _received(self, text: bytes) -> None:
        if text.startswith(RETRY_FRAME):
            self.spread_seconds = int(text[len(RETRY_FRAME) : -1]) / 1000
        elif self.on_text is not None:
            self.on_text(text)

    def _ended(self, code: int | None) -> None:
        if self not in self._ledger.open:
            self._failed()
            return
        assert self._held is not None
        self._ledger.open.remove(self)
        self._waiting_since = self._held.closed_at = time.monotonic()
        if code == CloseCode.GOING_AWAY:
            self._held.closed_at += self.spread_seconds + GRACE_SECONDS
            self._retry()
        else:
            self._ledger.lost.append(code)

    def _failed(self) -> None:
        self._ledger.failed_attempts += 1
        self._retry()

    def _retry(self) -> None:
        if self._left:
            return
        # The watcher of one process reconnects like all others and stops watching.
        if self._pinned_to is not None:
            self._pinned_to = self.on_text = None
        if time.monotonic() - self._opened_at >= STABLE_SECONDS:
            self._failures = 0
        backoff_seconds = BACKOFF_SECONDS * 2**self._failures
        self._failures += 1
        self._doors.call_later(random.random() * max(backoff_seconds, self.spread_seconds), self)
