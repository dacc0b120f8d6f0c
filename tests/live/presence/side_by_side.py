"""Two backends as one: each call goes to both, and their answers must be the same.

With a still clock everything in an answer is determined but the names of epochs,
which are random: the two of them travel together.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from landing.live.presence.contract import Answer, Inspection, PresenceBackend, Report, Snapshot
from tests.live.presence.redis_harness import RedisHarness
from tests.live.presence.test_memory import MemoryHarness

BETWEEN = "+"


class SideBySide:
    """The contract, kept by both or failed."""

    def __init__(self, reference: PresenceBackend, other: PresenceBackend) -> None:
        self.reference = reference
        self.other = other
        #: How much goes in one step, and who first, is each backend's choice. From then
        #: on versions may differ, and the numbers while more is still to go.
        self.took_away_in_part = False

    async def sync(self, report: Report) -> Answer:
        epoch, other_epoch = (report.epoch or BETWEEN).split(BETWEEN)
        answer = await self.reference.sync(replace(report, epoch=epoch))
        other = await self.other.sync(replace(report, epoch=other_epoch))
        more = answer.more or other.more
        self.took_away_in_part |= more
        if not more:
            told, expected = self._told(other), self._told(answer)
            assert told == expected, f"{told} instead of {expected}"
        return replace(
            answer,
            snapshot=_lower(answer.snapshot, other.snapshot),
            more=more,
            epoch=answer.epoch + BETWEEN + other.epoch,
        )

    async def drain(self, worker: str, seq: int, linger_ms: int) -> bool:
        more = await self.reference.drain(worker, seq, linger_ms)
        return await self.other.drain(worker, seq, linger_ms) or more

    async def snapshot(self) -> Snapshot | None:
        snapshot, other = await self.reference.snapshot(), await self.other.snapshot()
        if not self.took_away_in_part:
            assert other == snapshot
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

    def _told(self, answer: Answer) -> Any:
        """What must be the same."""
        if self.took_away_in_part:
            shown = answer.snapshot and replace(answer.snapshot, version=0)
            return shown, answer.resync, answer.drained
        return replace(
            answer, epoch="", joined=tuple(sorted(answer.joined)), left=tuple(sorted(answer.left))
        )


def _lower(snapshot: Snapshot | None, other: Snapshot | None) -> Snapshot | None:
    """Of the lower version, as neither may hear of one that is not its own."""
    if snapshot is None or other is None:
        return snapshot
    return replace(snapshot, version=min(snapshot.version, other.version))


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
