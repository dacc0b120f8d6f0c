"""The people in front of the servers: they assemble, come and leave.

Owns everybody's tabs and where they may connect; what they saw is in the ledger.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

from tests.load.truth.client import Client, Ledger
from tests.load.truth.people import Person, Tab

#: People a second while the audience assembles; one Daphne accepts about 800 sockets.
ASSEMBLY_RATE = 300
#: This share leaves without a word.
VANISHING_SHARE = 0.25


class Audience:
    """Everybody; ``living`` holds the processes that take sockets now, by number."""

    def __init__(self, ports: Sequence[int], living: set[int]) -> None:
        self.ledger = Ledger()
        self._ports = ports
        self._living = living
        self._present: list[list[Client]] = []
        self._watchers: list[Client] = []
        self._tasks: set[asyncio.Task[None]] = set()

    # -- where clients may connect ---------------------------------------------------

    def choose(self) -> int:
        return random.choice(tuple(self._living))

    def port(self, process: int) -> int:
        return self._ports[process]

    def call_later(self, seconds: float, client: Client) -> None:
        asyncio.get_running_loop().call_later(seconds, lambda: self._spawn(client.connect()))

    # -- who comes and who leaves ----------------------------------------------------

    async def assemble(self, people: Iterable[Person]) -> None:
        """Everybody comes, at a rate that does not matter to what is measured."""
        for number, person in enumerate(people):
            self.join(person)
            if number % (ASSEMBLY_RATE // 20) == 0:
                await asyncio.sleep(1 / 20)

    def join(self, person: Person) -> None:
        clients = [Client(tab, self, self.ledger) for tab in person]
        self._present.append(clients)
        for client in clients:
            self._spawn(client.connect())

    def leave_one(self) -> Person:
        """Somebody closes all tabs; returns who."""
        position = random.randrange(len(self._present))
        self._present[position], self._present[-1] = self._present[-1], self._present[position]
        clients = self._present.pop()
        vanishing = random.random() < VANISHING_SHARE
        for client in clients:
            client.leave(vanishing=vanishing)
        return tuple(client.tab for client in clients)

    def watch(self, tab: Tab, process: int, on_text: Callable[[bytes], None]) -> None:
        """One more person, who sits at this process for as long as it stands."""
        client = Client(tab, self, self.ledger, pinned_to=process)
        client.on_text = on_text
        self._watchers.append(client)
        self._spawn(client.connect())

    async def disperse(self) -> None:
        """Everybody is gone; for the end."""
        for task in self._tasks:
            task.cancel()
        for client in [*self._watchers, *(tab for tabs in self._present for tab in tabs)]:
            client.leave(vanishing=True)
        await asyncio.sleep(0.1)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
