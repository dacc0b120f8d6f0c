"""A simulated worker with many people."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from landing.live.presence.contract import MAX_CHANGES, Answer, Change, Key, KeyType, Report
from landing.live.presence.redis.backend import RedisPresence

#: One person in this many is signed in.
SIGNED_IN_EVERY = 10


def arrival(visitor: bytes, place: str = "") -> Change:
    """Return the change of a visitor that arrives, alone in its network, as workers report it."""
    return Change(Key(KeyType.VISITOR, visitor), True, place=place)


def random_place(places: int) -> str:
    """Return one of ``places`` paths, the first ones more often; empty if there are none."""
    return f"/articles/2026/number-{int(random.random() ** 3 * places)}" if places else ""


@dataclass
class Crowd:
    """One worker, its people, and its reports."""

    presence: RedisPresence
    worker: str = field(default_factory=lambda: secrets.token_hex(8))
    visitors: list[bytes] = field(default_factory=list)
    users: list[bytes] = field(default_factory=list)
    seq: int = 0
    epoch: str = ""
    #: different places of the people
    places: int = 0

    async def report(self, changes: Sequence[Change] = (), **more: Any) -> Answer:
        self.seq += 1
        report = Report(
            self.worker,
            seq=self.seq,
            acked=self.seq - 1,
            epoch=self.epoch,
            changes=changes,
            connections=len(self.visitors),
            **more,
        )
        answer = await self.presence.sync(report)
        assert not answer.lease.resync and not answer.lease.drained
        self.epoch = answer.lease.epoch
        return answer

    async def report_all(self, changes: Sequence[Change]) -> None:
        for at in range(0, len(changes), MAX_CHANGES):
            await self.report(changes[at : at + MAX_CHANGES])

    def arrive(self, people: int) -> list[Change]:
        """Return the changes of new people, every tenth signed in, with adjacent keys."""
        changes = []
        for number in range(people):
            visitor = secrets.token_bytes(16)
            self.visitors.append(visitor)
            place = random_place(self.places)
            changes.append(arrival(visitor, place))
            if number % SIGNED_IN_EVERY == 0:
                self.users.append(str(secrets.randbelow(10**12)).encode())
                changes.append(Change(Key(KeyType.SIGNED, visitor), True))
                changes.append(Change(Key(KeyType.USER, self.users[-1]), True, place=place))
        return changes

    def turn_over(self, people: int) -> list[Change]:
        """Return changes in which ``people`` anonymous people leave and as many arrive."""
        gone, self.visitors = self.visitors[:people], self.visitors[people:]
        come = [secrets.token_bytes(16) for _ in range(people)]
        self.visitors += come
        return [
            *(Change(Key(KeyType.VISITOR, visitor), False) for visitor in gone),
            *(arrival(visitor, random_place(self.places)) for visitor in come),
        ]

    def move(self, people: int) -> list[Change]:
        """Return changes in which ``people`` visitors come to other places."""
        self.visitors = self.visitors[people:] + self.visitors[:people]
        return [arrival(visitor, random_place(self.places)) for visitor in self.visitors[-people:]]
