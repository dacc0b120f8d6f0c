"""Two backends as one: each call goes to both, and the answers must be equal.

With a fixed clock, everything in an answer is determined except the random epoch ids. The
ids of both backends are joined into one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from landing.live.presence.contract import (
    Answer,
    Inspection,
    Places,
    PresenceBackend,
    Report,
    Snapshot,
)
from tests.live.presence.redis_harness import RedisHarness
from tests.live.presence.test_memory import MemoryHarness

SEPARATOR = "+"


class SideBySide:
    """A backend that fails if two backends differ."""

    def __init__(self, reference: PresenceBackend, other: PresenceBackend) -> None:
        self.reference = reference
        self.other = other
        #: A backend chooses how much a step removes, and in which order. After such a step,
        #: versions may differ, and so may the counts while more remains.
        self.has_removed_in_steps = False

    async def sync(self, report: Report) -> Answer:
        epoch, other_epoch = (report.epoch or SEPARATOR).split(SEPARATOR)
        answer = await self.reference.sync(replace(report, epoch=epoch))
        other = await self.other.sync(replace(report, epoch=other_epoch))
        more = answer.lease.more or other.lease.more
        self.has_removed_in_steps |= more
        if not more:
            actual, expected = self._comparable(other), self._comparable(answer)
            assert actual == expected, f"{actual} instead of {expected}"
        return replace(
            answer,
            snapshot=_with_lower_version(answer.snapshot, other.snapshot),
            lease=replace(
                answer.lease, more=more, epoch=answer.lease.epoch + SEPARATOR + other.lease.epoch
            ),
        )

    async def drain(self, worker: str, seq: int, linger_ms: int) -> bool:
        more = await self.reference.drain(worker, seq, linger_ms)
        return await self.other.drain(worker, seq, linger_ms) or more

    async def snapshot(self) -> Snapshot | None:
        snapshot, other = await self.reference.snapshot(), await self.other.snapshot()
        if not self.has_removed_in_steps:
            assert other == snapshot
        return snapshot

    async def places(
        self, limit: int, wanted: Sequence[str] = (), *, steps: bool = False
    ) -> Places | None:
        places = await self.reference.places(limit, wanted, steps=steps)
        other = await self.other.places(limit, wanted, steps=steps)
        if not self.has_removed_in_steps:
            assert other == places, f"{other} instead of {places}"
        return places

    async def inspect(self) -> Inspection:
        inspection = await self.reference.inspect()
        assert replace(await self.other.inspect(), epoch=inspection.epoch) == inspection
        return inspection

    async def clear(self) -> None:
        await self.reference.clear()
        await self.other.clear()

    async def daily_salt(self, day: str) -> bytes:
        return await self.other.daily_salt(day)

    async def close(self) -> None:
        await self.reference.close()
        await self.other.close()

    def _comparable(self, answer: Answer) -> Any:
        """Return the parts of an answer that must be equal."""
        if self.has_removed_in_steps:
            shown = answer.snapshot and replace(answer.snapshot, version=0)
            return shown, answer.lease.resync, answer.lease.drained
        return replace(
            answer,
            lease=replace(answer.lease, epoch=""),
            joined=tuple(sorted(answer.joined)),
            left=tuple(sorted(answer.left)),
            stays=tuple(sorted(answer.stays)),
        )


def _with_lower_version(snapshot: Snapshot | None, other: Snapshot | None) -> Snapshot | None:
    """Return the snapshot with the lower version, which both backends know."""
    if snapshot is None or other is None:
        return snapshot
    return replace(snapshot, version=min(snapshot.version, other.version))


class SideBySideHarness:
    """The in-process backend and Redis with one clock."""

    def __init__(self, url: str) -> None:
        self.reference, self.redis = MemoryHarness(), RedisHarness(url)
        assert self.reference.now_ms == self.redis.presence.clock_offset_ms
        self.presence = SideBySide(self.reference.presence, self.redis.presence)

    def limit_places(self, max_places: int) -> None:
        self.reference.limit_places(max_places)
        self.redis.limit_places(max_places)

    def limit_networks(self, max_people: int) -> None:
        self.reference.limit_networks(max_people)
        self.redis.limit_networks(max_people)

    def advance(self, ms: int) -> None:
        self.reference.advance(ms)
        self.redis.advance(ms)

    async def lose_data(self) -> None:
        await self.reference.lose_data()
        await self.redis.lose_data()

    async def save(self) -> object:
        return await self.reference.save(), await self.redis.save()

    async def restore(self, backup: object) -> None:
        assert isinstance(backup, tuple)
        await self.reference.restore(backup[0])
        await self.redis.restore(backup[1])

    async def close(self) -> None:
        await self.redis.close()
