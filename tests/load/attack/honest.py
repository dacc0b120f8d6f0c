"""The honest group: visitors with one address each, who read, ping, and load pages."""

from __future__ import annotations

import asyncio
import json
import time
from asyncio import get_running_loop
from contextlib import suppress
from itertools import cycle
from typing import Any

from tests.live.waiting import wait_until
from tests.load.attack.exchange import exchange
from tests.load.attack.target import END_OF_HEAD, HOST, PATH, Target, agent, cookies_of, status_of
from tests.load.attack.visitor import Version, Visitor, Window
from tests.load.truth.websocket import Events, WebSocket

PING = b'{"type":"ping"}'
PING_SECONDS, PAGE_SECONDS, GUEST_SECONDS = 1.0, 0.5, 1.0
#: A page, a handshake, or a count that takes longer has failed.
PATIENCE_SECONDS = 10.0
POLL_SECONDS = 1.0
#: The people of an attack count until their grace period ends.
DEPARTURE_SECONDS = 30.0


class HonestGroup:
    """All visitors. They belong to the asyncio loop that :meth:`arrive` runs in."""

    def __init__(self, target: Target, size: int) -> None:
        self._target = target
        processes = len(target.ports)
        self.visitors = [Visitor(f"127.0.1.{n + 1}", n % processes) for n in range(size)]
        #: a visitor who comes and goes, so that the count of connections changes
        self._guest = Visitor("127.0.3.1", 0)
        self._polls = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._pages: set[asyncio.Task[None]] = set()
        #: when the first visitor of a process received each version
        self._first_seen: list[dict[Version, float]] = [{} for _ in range(processes)]
        self.window = Window()
        self.newest: dict[str, Any] = {}

    # -- start and end ---------------------------------------------------------------

    async def arrive(self) -> None:
        """Open the page and the WebSocket of each visitor, and start to ping."""
        for visitor in [*self.visitors, self._guest]:
            visitor.cookie = cookies_of(await self._load(visitor))
            # The row of a new cookie waits until the cookie returns.
            await self._load(visitor)
        for visitor in self.visitors:
            await self._connect(visitor)
        loops = [self._ping(), self._load_pages(), self._come_and_go(), self._poll()]
        self._tasks = [asyncio.create_task(loop) for loop in loops]

    async def leave(self) -> None:
        tasks = [*self._tasks, *self._pages]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for visitor in [*self.visitors, self._guest]:
            if visitor.socket is not None:
                visitor.socket.vanish()
        # The transports end in the next turn of the loop.
        await asyncio.sleep(0)

    # -- figures ---------------------------------------------------------------------

    def next_window(self) -> Window:
        """Return the figures since the last call, with the age of each unanswered ping."""
        window, now = self.window, time.monotonic()
        for visitor in self.visitors:
            if not visitor.lost:
                window.round_trips += [now - sent for sent in visitor.waiting]
        self.window = Window()
        return window

    async def wait_for_deliveries(self, since: float, until: float) -> tuple[int, int]:
        """Return how many counts of a period the visitors should have received, and missed."""
        with suppress(TimeoutError):
            await wait_until(lambda: not self._deliveries(since, until)[1], PATIENCE_SECONDS)
        return self._deliveries(since, until)

    def _deliveries(self, since: float, until: float) -> tuple[int, int]:
        due = missed = 0
        for visitor in self.visitors:
            seen_at = self._first_seen[visitor.process]
            versions = [version for version, at in seen_at.items() if since <= at < until]
            due += len(versions)
            # A connection that was behind receives only the newest count.
            missed += sum(
                not any(
                    epoch == seen_epoch and number <= seen for seen_epoch, seen in visitor.versions
                )
                for epoch, number in versions
            )
        return due, missed

    async def wait_for_departures(self) -> None:
        """Wait until nobody else counts. If that never happens, the figures show it."""
        with suppress(TimeoutError):
            await wait_until(lambda: not self.people_wrong(), DEPARTURE_SECONDS)

    def people_wrong(self) -> int:
        """Return by how many the newest count differs from the honest people.

        The guest comes and goes, so both numbers with and without the guest are right.
        """
        people, honest = self.newest.get("people") or 0, len(self.visitors)
        return max(people - honest - 1, honest - people, 0)

    @property
    def lost(self) -> int:
        return sum(visitor.lost for visitor in self.visitors)

    # -- what the visitors do --------------------------------------------------------

    async def _ping(self) -> None:
        while True:
            for visitor in self.visitors:
                await asyncio.sleep(PING_SECONDS / len(self.visitors))
                if visitor.socket is not None and not visitor.lost:
                    visitor.waiting.append(time.monotonic())
                    visitor.socket.send_text(PING)

    async def _load_pages(self) -> None:
        """Load pages at a fixed rate, however long each of them takes."""
        for visitor in cycle(self.visitors):
            await asyncio.sleep(PAGE_SECONDS)
            task = asyncio.create_task(self._load_page(visitor, self.window))
            self._pages.add(task)
            task.add_done_callback(self._pages.discard)

    async def _load_page(self, visitor: Visitor, window: Window) -> None:
        window.pages += 1
        if status_of(await self._load(visitor)) != 200:
            window.pages_failed += 1

    async def _come_and_go(self) -> None:
        while True:
            await asyncio.sleep(GUEST_SECONDS)
            if self._guest.socket is not None:
                self._guest.socket.vanish()  # if the server has not closed it yet
                self._guest.socket = None
            await self._receive_guest(self.window)
            if self._guest.socket is not None:
                self._guest.socket.leave()
            self._guest.process = (self._guest.process + 1) % len(self._target.ports)

    async def _receive_guest(self, window: Window) -> None:
        """Connect the guest, and wait until everyone has received a new count."""
        before = {visitor: visitor.counts for visitor in self.visitors}

        def unaware() -> int:
            return sum(visitor.counts == count for visitor, count in before.items())

        window.guests += 1
        try:
            await self._connect(self._guest)
            await wait_until(lambda: not unaware(), PATIENCE_SECONDS)
        except (TimeoutError, OSError):
            if self._guest.socket is None:
                window.guests_failed += 1
            else:
                window.unaware += unaware()

    async def _poll(self) -> None:
        """Read the visitors of today, each time from another address."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            self._polls += 1
            visitor = Visitor(f"127.0.4.{self._polls % 50 + 1}", self._polls)
            window, response = self.window, await self._load(visitor, "GET /api/landing/stats/")
            if status_of(response) == 200:
                stats = json.loads(response.partition(END_OF_HEAD)[2])
                window.visitors = max(window.visitors, stats["today"]["visitors"] or 0)
                window.active = max(window.active, stats["active_users_now"] or 0)

    # -- requests --------------------------------------------------------------------

    async def _load(self, visitor: Visitor, line: str = "GET /") -> bytes:
        """Return a response, or empty bytes if none came in time."""
        headers = {"Sec-Fetch-Dest": "document", "Accept": "*/*"}
        if visitor.cookie:
            headers["Cookie"] = visitor.cookie
        request = self._target.request(line, visitor.address, user_agent=agent(0), headers=headers)
        source = self._target.source(visitor.address)
        port = self._target.port(visitor.process)
        return await exchange(port, source, request, PATIENCE_SECONDS)

    async def _connect(self, visitor: Visitor) -> None:
        """Open the visitor's WebSocket. Raise TimeoutError or OSError if that fails."""
        opened: asyncio.Future[None] = get_running_loop().create_future()

        def refuse(code: int | None) -> None:
            visitor.lost = visitor.socket is not None
            if not opened.done():
                opened.set_exception(ConnectionRefusedError(f"closed with {code}"))

        def accept() -> None:
            if not opened.done():
                opened.set_result(None)

        events = Events(accept, lambda text: self._take(visitor, text), refuse)
        headers = {"Origin": f"http://{HOST}:{self._target.ports[0]}"}
        if self._target.proxied:
            headers["X-Forwarded-For"] = visitor.address
        host = f"{HOST}:{self._target.ports[0]}"
        _, socket = await get_running_loop().create_connection(
            lambda: WebSocket(events, host, PATH, visitor.cookie, headers),
            HOST,
            self._target.port(visitor.process),
            local_addr=(self._target.source(visitor.address), 0),
        )
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await opened
        except BaseException:
            socket.vanish()
            raise
        visitor.socket = socket

    def _take(self, visitor: Visitor, text: bytes) -> None:
        if text.startswith(b'{"type":"pong"'):
            if visitor.waiting:
                self.window.round_trips.append(time.monotonic() - visitor.waiting.popleft())
        elif text.startswith(b'{"type":"connection-count"'):
            frame = json.loads(text)
            visitor.counts += 1
            version = (frame["epoch"], frame["version"])
            visitor.versions.add(version)
            if visitor is not self._guest:
                self._first_seen[visitor.process].setdefault(version, time.monotonic())
            self.newest = frame
            self.window.people = max(self.window.people, frame["people"] or 0)
            self.window.active = max(self.window.active, frame["active"] or 0)
