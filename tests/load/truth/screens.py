"""The displayed counts: one watcher per process, read ten times per second.

This module implements the client's rule to drop lower versions of one epoch, and keeps the record.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.load.truth.places import PlaceReading
from tests.load.truth.truth import Reading, Tick

PERIOD_SECONDS = 0.1


@dataclass
class Screen:
    """The last ``connection-count`` frame that a client of one process accepted."""

    process: int
    frame: dict[str, Any] | None = None
    rank: tuple[int, str] = (0, "")
    epoch: str | None = None
    is_connected: Callable[[], bool] = lambda: True

    @property
    def version(self) -> int:
        """Return the version of the last accepted frame, or 0 before the first one."""
        return self.rank[0]

    def take(self, text: bytes) -> None:
        frame = json.loads(text)
        if frame["type"] != "connection-count":
            return
        rank = frame["version"], frame["timestamp"]
        epoch = frame.get("epoch")
        if epoch != self.epoch or rank > self.rank:
            self.frame, self.rank, self.epoch = frame, rank, epoch

    def blank(self) -> None:
        """Forget the counts of the old process. Lower versions are still dropped."""
        self.frame = None

    def read(self) -> Reading:
        if self.frame is None:
            return Reading(self.process, None, live=False)
        is_live = self.frame["source"] == "live"
        return Reading(self.process, self.frame["people"], is_live, self.is_connected())


@dataclass
class PlaceScreen:
    """The numbers of places that the watcher of one process receives, all of them public."""

    process: int
    readings: list[PlaceReading] = field(default_factory=list)
    #: the newest of each type, which the browser shows until the next
    newest: dict[str, PlaceReading] = field(default_factory=dict)

    def take(self, text: bytes) -> None:
        frame = json.loads(text)
        if frame["type"] == "places":
            people, elsewhere, rows = frame["people"], frame["elsewhere"], frame["places"]
        elif frame["type"] == "place-count":
            people, elsewhere, rows = frame["people"] or 0, 0, [frame]
        else:
            return
        now, is_live = time.monotonic(), frame["source"] == "live"
        numbers = {each["place"]: each["people"] for each in rows}
        reading = PlaceReading(self.process, now, now, False, people, elsewhere, numbers, is_live)
        self.readings.append(reading)
        self.newest[frame["type"]] = reading

    def blank(self) -> None:
        """Forget the numbers of the old process."""
        self.newest.clear()

    def read(self, at: float) -> list[PlaceReading]:
        """Return what the watcher sees."""
        return [replace(each, asked_at=at, read_at=at) for each in self.newest.values()]


@dataclass
class Recorder:
    """Samples the screens of living processes. ``late_seconds`` is its longest delay."""

    screens: list[Screen]
    living: set[int]
    ticks: list[Tick] = field(default_factory=list)
    late_seconds: float = 0.0

    async def run(self) -> None:
        due_at = time.monotonic()
        while True:
            now = time.monotonic()
            self.late_seconds = max(self.late_seconds, now - due_at)
            self.ticks.append(Tick(now, self.read()))
            due_at = max(due_at + PERIOD_SECONDS, now)
            await asyncio.sleep(due_at - now)

    def read(self) -> tuple[Reading, ...]:
        return tuple(self.screens[process].read() for process in sorted(self.living))
