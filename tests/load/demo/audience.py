"""Programs that visit the page like people: they come and go, open tabs, and sign up.

Each program loads the page like a browser, which sets a cookie and records a page view. Then it
holds one WebSocket per tab. This module owns the mix. It does not know how the site counts.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import random
import time
from collections.abc import Callable, Sized
from http.cookiejar import DefaultCookiePolicy

import httpx
from asgiref.sync import sync_to_async

from tests.load.truth.websocket import Events, WebSocket
from tests.services.ports import HOST

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.{}.0"
NAMES = [
    *("Ana", "Ben", "Chloé", "Dmitri", "Elif", "Farid", "Greta", "Hiro", "Inés", "Jonas"),
    *("Kwame", "Leila", "Mateo", "Nadia", "Olu", "Priya", "Quentin", "Rosa", "Sofía", "Tariq"),
    *("Uma", "Viktor", "Wen", "Ximena", "Yusuf", "Zoë", "Łukasz", "Åsa", "美咲", "محمد"),
]
#: Average stay of a person.
STAY_SECONDS = 45.0
SECOND_TAB_SHARE, SIGNUP_SHARE = 0.25, 0.08
#: The audience grows and shrinks by this share within each period.
SWELL_SHARE, SWELL_SECONDS = 0.25, 120.0
#: Time between two adjustments of the audience.
STEP_SECONDS = 0.25

_numbers = itertools.count(1)


class Person:
    """One browser with a cookie, tabs, and perhaps an account."""

    def __init__(self, port: int, client: httpx.AsyncClient) -> None:
        self._port = port
        self._client = client
        self._cookies: dict[str, str] = {}
        self._tabs: list[WebSocket] = []

    async def visit(self, seconds: float) -> None:
        """Visit the page for ``seconds``. All sockets are closed at the end in any case."""
        try:
            await self._load_page()
            await self._open_tab()
            await asyncio.sleep(seconds * random.uniform(0.2, 0.8))
            if random.random() < SECOND_TAB_SHARE:
                await self._load_page()
                await self._open_tab()
            if random.random() < SIGNUP_SHARE:
                await self._sign_up()
            await asyncio.sleep(seconds * random.uniform(0.2, 0.8))
        except asyncio.CancelledError:
            # The demo ends, so close frames are unnecessary.
            while self._tabs:
                self._tabs.pop().vanish()
            raise
        finally:
            self._close_tabs()

    async def _load_page(self) -> None:
        headers = {"User-Agent": AGENT.format(next(_numbers)), "Cookie": self._cookie()}
        answer = await self._client.get(f"http://{HOST}:{self._port}/", headers=headers)
        answer.raise_for_status()
        self._cookies |= dict(answer.cookies)

    async def _open_tab(self) -> None:
        events = Events(_nothing, _nothing, _nothing)
        host = f"{HOST}:{self._port}"
        socket = WebSocket(events, host, "/ws/landing/", self._cookie())
        await asyncio.get_running_loop().create_connection(lambda: socket, HOST, self._port)
        self._tabs.append(socket)

    async def _sign_up(self) -> None:
        """Create a user and reload the tab. The server publishes the sign-up."""
        self._cookies["sessionid"] = await sync_to_async(_new_session)(random.choice(NAMES))
        self._close_tabs()
        await self._open_tab()

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def _close_tabs(self) -> None:
        for tab in self._tabs:
            tab.leave()
        self._tabs.clear()


def _nothing(*_: object) -> None:
    """Ignore all events. The program only needs to be counted."""


def _new_session(name: str) -> str:
    """Create a user and return a session key."""
    from django.contrib.auth import get_user_model

    from tests.load.truth.people import new_session

    user = get_user_model().objects.create_user(f"demo-{next(_numbers)}", first_name=name)
    session = new_session(user)
    session.save()
    return session.session_key


async def perform(port: int, people: int, seconds: float, report: Callable[[str], None]) -> None:
    """Keep about ``people`` on the page for ``seconds``. At the end all leave."""
    audience = set[asyncio.Task[None]]()
    limits = httpx.Limits(max_connections=20)
    async with httpx.AsyncClient(timeout=30, limits=limits) as client:
        # All people share connections, but each has its own cookies like a separate browser.
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

        def come() -> None:
            stay_seconds = random.expovariate(1 / STAY_SECONDS)
            task = asyncio.create_task(Person(port, client).visit(stay_seconds))
            audience.add(task)
            task.add_done_callback(lambda done: _left(done, audience, report))

        try:
            await _keep(people, seconds, audience, come)
        finally:
            leaving = list(audience)
            for task in leaving:
                task.cancel()
            await asyncio.gather(*leaving, return_exceptions=True)
            # The last sockets end within this time.
            await asyncio.sleep(STEP_SECONDS)


async def _keep(people: int, seconds: float, audience: Sized, come: Callable[[], None]) -> None:
    began = time.monotonic()
    while (elapsed := time.monotonic() - began) < seconds:
        swell = 1 + SWELL_SHARE * math.sin(elapsed / SWELL_SECONDS * math.tau)
        missing = round(people * swell) - len(audience)
        # At most a fifth per second, so that arrivals are visible at the start.
        for _ in range(min(missing, max(1, round(people * STEP_SECONDS / 5)))):
            come()
        await asyncio.sleep(STEP_SECONDS)


def _left(
    task: asyncio.Task[None], audience: set[asyncio.Task[None]], report: Callable[[str], None]
) -> None:
    audience.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        report(f"A visit failed: {error!r}")
