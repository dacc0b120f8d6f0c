"""Programs that visit the site like people: they come and go, read pages, sign up, and buy.

This module decides who comes when. It does not know how the site counts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from math import isinf
from random import Random
from typing import Any

import httpx

from landing.analytics.demo import Visit, journeys, visits
from tests.load.demo import past_activities, past_stays, visitors
from tests.load.demo.accounts import Accounts, StoredAccounts
from tests.load.demo.arrivals import Arrivals, follow_past
from tests.load.demo.browser import Browser, new_client
from tests.load.demo.person import Person
from tests.load.demo.stage import Past
from tests.load.demo.visitors import PresentVisitor

#: Shares of the visits: by visitors who were here before, by users, and with a sign-up.
RETURNING_SHARE, MEMBER_SHARE, SIGN_UP_SHARE = 0.6, 0.15, 0.05
#: The people who are present at the start connect within this time.
START_SECONDS = 3.0
#: The last sockets end within this time.
END_SECONDS = 0.25

Report = Callable[[str], None]
Cookies = dict[str, str]


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of the demo."""

    port: int
    arrivals: Arrivals
    rng: Random
    #: None: nobody signs in.
    accounts: Accounts | None = None
    #: How many people are on the page at the start; None for the average.
    people: int | None = None
    #: The visitors who were on the site when the past of the demo ended.
    present: Sequence[PresentVisitor] = ()
    #: The cookies of other visitors who were here before.
    known: Sequence[Cookies] = ()


def continue_past(port: int, people: float, past: Past, now: datetime, rng: Random) -> Cast:
    """Return people who continue the past in the database of the demo."""
    found = visitors.read_past(now, rng)
    past_activities.write(rng)
    past_stays.write(past, now)
    arrivals = Arrivals(people, follow_past(past, now), rng)
    return Cast(port, arrivals, rng, StoredAccounts(rng), *found)


async def perform(cast: Cast, seconds: float, report: Report) -> None:
    """Let people come and go for ``seconds``. At the end all leave."""
    async with new_client() as client:
        audience = _Audience(cast, client, report)
        try:
            async with asyncio.timeout(None if isinf(seconds) else seconds):
                await audience.perform(time.time())
        except TimeoutError:
            return
        finally:
            await audience.leave()


class _Audience:
    """The visits that are going on."""

    def __init__(self, cast: Cast, client: httpx.AsyncClient, report: Report) -> None:
        self._cast = cast
        self._client = client
        self._report = report
        self._known = list(cast.known)
        self._places = dict[str, str]()
        self._visits = set[asyncio.Task[None]]()

    async def perform(self, now: float) -> None:
        """Continue the visits of the people who are present, and begin new ones."""
        cast = self._cast
        ends = cast.arrivals.present(now, cast.people)
        others = (PresentVisitor({}, self._draw_page(now)) for _ in ends)
        for end, (cookies, path) in zip(ends, chain(cast.present, others), strict=False):
            is_member = cast.rng.random() < MEMBER_SHARE + SIGN_UP_SHARE
            self._begin(self._person(cookies, 1).stay(end, path, is_member=is_member))
            await asyncio.sleep(START_SECONDS / len(ends))
        for at in cast.arrivals.times(now):
            await _wait_until(at)
            self._begin(self._visit(at))

    async def leave(self) -> None:
        """End all visits."""
        leaving = list(self._visits)
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
        await asyncio.sleep(END_SECONDS)

    async def _visit(self, at: float) -> None:
        rng = self._cast.rng
        visit = draw_visit(at, rng)
        is_known = bool(self._known) and not visit.signs_up and rng.random() < RETURNING_SHARE
        cookies = self._known.pop() if is_known else {}
        steps = journeys.walk(visit, rng)
        await self._person(cookies, visit.tabs).visit(steps, visit.ends)

    def _draw_page(self, now: float) -> str:
        """Return a page that an anonymous visitor may be on."""
        visit = Visit(int(now), int(now) + 1, b"", None, 1, signs_up=False)
        return next(journeys.walk(visit, self._cast.rng)).path

    def _person(self, cookies: Cookies, tabs: int) -> Person:
        cast = self._cast
        browser = Browser(cast.port, self._client, cast.rng, cookies, self._places)
        return Person(browser, cast.accounts, _wait_until, tabs)

    def _begin(self, visit: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(visit)
        self._visits.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._visits.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._report(f"A visit failed: {error!r}")


def draw_visit(at: float, rng: Random) -> Visit:
    """Return a visit that begins now, of an anonymous visitor, a member, or a new user."""
    kind = rng.random()
    signs_up = kind < SIGN_UP_SHARE
    user = 1 if kind < SIGN_UP_SHARE + MEMBER_SHARE else None
    tabs = 2 if rng.random() < visits.SECOND_TAB_SHARE else 1
    ends = int(at) + visits.draw_stay_seconds(rng, signs_up=signs_up)
    return Visit(int(at), ends, b"", user, tabs, signs_up)


async def _wait_until(at: float) -> None:
    """Wait until a time in Unix seconds; return at once if it has passed."""
    await asyncio.sleep(max(0.0, at - time.time()))
