"""The people in front of the servers, who assemble, arrive, move, and leave.

The audience owns all tabs and the processes that they may connect to. The ledger has the results.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, NamedTuple

from tests.load.truth.client import Client, Ledger
from tests.load.truth.pages import POPULAR, Pages
from tests.load.truth.people import Person, Tab

#: People per second while the audience assembles. One Daphne accepts about 800 sockets.
ASSEMBLY_RATE = 300
#: Share of people whose connection drops without a close frame.
VANISHING_SHARE = 0.25
#: Share of moves with a new connection. The others are on a site of a single page.
LOADING_SHARE = 0.5
#: The topics of one more person, whose frames are compared with the truth.
WATCHED = "online,activity,here,places"
#: How many random people are asked for one who has settled.
ATTEMPTS = 10


class Departure(NamedTuple):
    """A person who left. A tab that was not open yet opens later, and closes at once."""

    person: Person
    was_settled: bool


class Audience:
    """All people. ``living`` has the numbers of the processes that accept sockets."""

    def __init__(self, ports: Sequence[int], living: set[int], pages: Pages | None = None) -> None:
        """Without ``pages``, nobody has a place."""
        self.ledger = Ledger()
        self._pages = pages or Pages(0)
        self._ports = ports
        self._living = living
        self._present: list[list[Client]] = []
        self._watchers: list[Client] = []
        self._tasks: set[asyncio.Task[None]] = set()

    # -- processes -------------------------------------------------------------------

    def choose(self) -> int:
        return random.choice(tuple(self._living))

    def port(self, process: int) -> int:
        return self._ports[process]

    def call_later(self, seconds: float, client: Client) -> None:
        asyncio.get_running_loop().call_later(seconds, lambda: self._spawn(client.connect()))

    # -- people ----------------------------------------------------------------------

    async def assemble(self, people: Iterable[Person]) -> None:
        """Connect all people at a rate that does not affect the measurement."""
        for number, person in enumerate(people):
            self.join(person)
            if number % (ASSEMBLY_RATE // 20) == 0:
                await asyncio.sleep(1 / 20)

    def join(self, person: Person) -> None:
        # Without an order of the tabs, the site could not know which page was opened last.
        place = self._pages.choose()
        clients = [Client(tab, self, self.ledger, place=place) for tab in person]
        self._present.append(clients)
        for client in clients:
            self._spawn(client.connect())

    def leave_one(self) -> Departure:
        """Close all tabs of a random person, and return who this was."""
        position = random.randrange(len(self._present))
        self._present[position], self._present[-1] = self._present[-1], self._present[position]
        clients = self._present.pop()
        was_settled = all(client.is_settled for client in clients)
        vanishing = random.random() < VANISHING_SHARE
        for client in clients:
            client.leave(vanishing=vanishing)
        return Departure(tuple(client.tab for client in clients), was_settled)

    def move_one(self) -> None:
        """Let a random person open another page, in all tabs: load it, or show it in place."""
        for _ in range(ATTEMPTS):
            clients = random.choice(self._present)
            if all(client.is_settled for client in clients):
                break
        else:
            return
        place = self._pages.choose()
        is_loaded = random.random() < LOADING_SHARE
        for client in clients:
            if is_loaded:
                client.load(place)
            else:
                client.show(place)

    def watch(self, tab: Tab, process: int | None, on_text: Callable[[bytes], None]) -> Client:
        """Connect one more person, who watches one process until it ends, or any forever."""
        client = Client(tab, self, self.ledger, process, POPULAR, WATCHED)
        client.on_text = on_text
        self._watchers.append(client)
        self._spawn(client.connect())
        return client

    async def disperse(self) -> None:
        """Close all connections at the end."""
        for task in self._tasks:
            task.cancel()
        for client in [*self._watchers, *(tab for tabs in self._present for tab in tabs)]:
            client.leave(vanishing=True)
        await asyncio.sleep(0.1)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
