"""The people by place as the API returns them: each living process, for staff and for the public.

This module keeps the record. :mod:`tests.load.truth.places` compares it with the truth.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import httpx

from tests.load.truth.places import PlaceReading
from tests.load.truth.websocket import AGENT
from tests.services.ports import HOST

PERIOD_SECONDS = 1.0
#: The longest list.
PATH = "/api/landing/places/?limit=100"
#: For the servers, because the reader asks more often than anybody else may.
UNTHROTTLED = {"LANDING_STATS_THROTTLE_RATE": "100000/min"}


class PlaceReader:
    """Reads the places from all living processes, once per period and process."""

    def __init__(self, ports: Sequence[int], living: set[int], staff_cookie: str) -> None:
        self.readings: list[PlaceReading] = []
        #: requests that failed, such as those to a process that ended meanwhile
        self.failed = 0
        self._ports = ports
        self._living = living
        self._staff_cookie = staff_cookie
        self._busy: set[int] = set()

    async def run(self) -> None:
        """Read until cancelled."""
        client = httpx.AsyncClient(headers={"User-Agent": AGENT})
        async with client, asyncio.TaskGroup() as group:
            while True:
                # A paused process responds late. Nobody waits for it.
                for process in self._living - self._busy:
                    group.create_task(self._read(client, process))
                await asyncio.sleep(PERIOD_SECONDS)

    async def _read(self, client: httpx.AsyncClient, process: int) -> None:
        self._busy.add(process)
        try:
            for cookie in (self._staff_cookie, ""):
                await self._read_as(client, process, cookie)
        except (httpx.HTTPError, ValueError):
            self.failed += 1
        finally:
            self._busy.discard(process)

    async def _read_as(self, client: httpx.AsyncClient, process: int, cookie: str) -> None:
        asked_at = time.monotonic()
        response = await client.get(
            f"http://{HOST}:{self._ports[process]}{PATH}",
            headers={"Cookie": cookie} if cookie else {},
        )
        response.raise_for_status()
        content = response.json()
        self.readings.append(
            PlaceReading(
                process,
                asked_at,
                time.monotonic(),
                is_staff=bool(cookie),
                people=content["people"],
                elsewhere=content["elsewhere"] or 0,
                places={each["place"]: each["people"] for each in content["places"]},
                is_live=content["source"] == "live",
            )
        )
