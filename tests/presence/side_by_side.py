"""Two backends as one: each call goes to both, and their answers must be the same.

With a still clock everything in an answer is determined but the names of epochs,
which are random: the two of them travel together.
"""

from __future__ import annotations

from dataclasses import replace

from landing.live.presence.base import Answer, Inspection, Key, Presence, Report, Snapshot
from tests.presence.redis_harness import RedisHarness
from tests.presence.test_memory import MemoryHarness

BETWEEN = "+"


class SideBySide:
    """The contract, kept by both or failed."""

    def __init__(self, reference: Presence, other: Presence) -> None:
        self.reference = reference
        self.other = other
        #: which of a large share's people go first is anybody's choice
        self.took_away_in_part = False

    async def sync(self, report: Report) -> Answer:
        epoch, other_epoch = (report.epoch or BETWEEN).split(BETWEEN)
        answer = await self.reference.sync(replace(report, epoch=epoch))
        other = await self.other.sync(replace(report, epoch=other_epoch))
        self.took_away_in_part |= answer.more
        assert self._comparable(other) == self._comparable(answer)
        return replace(answer, epoch=answer.epoch + BETWEEN + other.epoch)

    async def drain(self, worker: str, seq: int, linger_ms: int) -> bool:
        more = await self.reference.drain(worker, seq, linger_ms)
        assert await self.other.drain(worker, seq, linger_ms) == more
        return more

    async def snapshot(self) -> Snapshot | None:
        snapshot = await self.reference.snapshot()
        assert await self.other.snapshot() == snapshot
        return snapshot

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

    def _comparable(self, answer: Answer) -> Answer:
        return replace(
            answer, epoch="", joined=self._told(answer.joined), left=self._told(answer.left)
        )

    def _told(self, keys: tuple[Key, ...]) -> tuple[Key, ...]:
        if self.took_away_in_part:
            keys = tuple(Key(key.kind, b"somebody") for key in keys)
        return tuple(sorted(keys))


class SideBySideHarness:
    """The in-process backend and Redis at the same time."""

    def __init__(self, url: str) -> None:
        self.reference, self.redis = MemoryHarness(), RedisHarness(url)
        assert self.reference.now_ms == self.redis.presence.clock_offset_ms
        self.presence = SideBySide(self.reference.presence, self.redis.presence)

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
