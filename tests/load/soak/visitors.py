"""Visitors that come, reload, read the API, and leave, and a service that publishes."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from typing import Any

from tests.load.attack.exchange import exchange
from tests.load.attack.target import Target, status_of
from tests.load.truth.audience import Audience
from tests.load.truth.people import Person, Population, Tab

#: Shares of what happens in one step of the churn. A return needs somebody who left.
RELOAD_SHARE, RETURN_SHARE = 0.3, 0.2
PATIENCE_SECONDS = 30.0
#: Addresses that people come from. Each is a network of its own.
FIRST_ADDRESS, ADDRESSES = int(IPv4Address("127.1.0.0")), 200 << 16
#: As long as a text may be, so that the feed is large for slow consumers.
TEXT = "bought plan {} and " + "everything else, " * 14
API = ("stats/", "history/?hours=1", "activities/?limit=20")
OK, CREATED = 200, 201


@dataclass
class Visits:
    """The counts of all requests."""

    pages: int = 0
    published: int = 0
    api_reads: int = 0
    failed: list[str] = field(default_factory=list)


class Visitors:
    """The people of a soak, with their page views."""

    def __init__(
        self,
        audience: Audience,
        population: Population,
        target: Target,
        token: str,
        networks: int = 0,
    ) -> None:
        """Prepare the people of at most ``networks`` addresses; 0 means one for each person."""
        self.visits = Visits()
        self._token = token
        self._audience = audience
        self._population = population
        self._target = target
        self._addresses = addresses(networks)
        self._left: list[Person] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def people(self, count: int) -> Iterator[Person]:
        """Yield new people."""
        return (self._with_address(self._population.person()) for _ in range(count))

    def tab(self) -> Tab:
        """Return the only tab of a new visitor."""
        (tab,) = self._with_address((self._population.browser(),))
        return tab

    def churn(self) -> None:
        """Let one person reload the page, or one arrive and another leave."""
        person, _ = self._audience.leave_one()
        if random.random() < RELOAD_SHARE:
            self._spawn(self._arrive(person))
            return
        self._left.append(person)
        is_return = random.random() < RETURN_SHARE
        arriving = self._left.pop(0) if is_return else next(self.people(1))
        # A list of everybody who left would grow.
        del self._left[:-100]
        self._spawn(self._arrive(arriving))

    def publish(self, number: int) -> None:
        """Publish one activity through the API."""
        self._spawn(self._publish(number))

    def read_api(self, number: int) -> None:
        """Read one route of the API."""
        self._spawn(self._read(f"GET /api/landing/{API[number % len(API)]}"))

    async def arrived(self) -> None:
        """Wait until all requests have ended, so that nobody is about to arrive."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _arrive(self, person: Person) -> None:
        """View the page and open the tabs."""
        tab = person[0]
        request = self._target.page(tab.address or "", cookie=tab.cookie)
        if await self._request("GET /", tab, request, OK):
            self.visits.pages += 1
        self._audience.join(person)

    async def _publish(self, number: int) -> None:
        body = json.dumps(
            {"kind": "purchase", "text": TEXT.format(number), "actor": "Ana"}
        ).encode()
        headers = {
            "Authorization": f"Api-Key {self._token}",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }
        line, tab = "POST /api/landing/activities/", self.tab()
        head = self._target.request(line, tab.address or "", headers=headers)
        self.visits.published += await self._request(line, tab, head + body, CREATED)

    async def _read(self, line: str) -> None:
        tab = self.tab()
        request = self._target.request(line, tab.address or "")
        self.visits.api_reads += await self._request(line, tab, request, OK)

    async def _request(self, line: str, tab: Tab, request: bytes, expected: int) -> bool:
        source = self._target.source(tab.address or "")
        response = await exchange(self._target.port(0), source, request, PATIENCE_SECONDS)
        status = status_of(response)
        if status != expected:
            self.visits.failed.append(f"{line}: {status or 'no response'}")
        return status == expected

    def _with_address(self, person: Person) -> Person:
        address = next(self._addresses)
        return tuple(replace(tab, address=address) for tab in person)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def addresses(count: int) -> Iterator[str]:
    """Yield ``count`` loopback addresses in turn; 0 means enough for many hours."""
    for number in itertools.cycle(range(count or ADDRESSES)):
        yield str(IPv4Address(FIRST_ADDRESS + number))
