"""A fan-out over fake connections on a fake clock."""

from __future__ import annotations

import asyncio

from landing.live.broadcast.fanout import Fanout
from landing.live.broadcast.slow_consumers import SCAN_SECONDS, Limits, SlowConsumers
from landing.live.frames import DEFAULT_TOPICS, Topic
from landing.live.registry import Registry
from landing.live.transport.outbound import encode
from tests.live.worker_harness import Clock, FakeConnection

NEWEST = encode(["newest"])
LIMITS = Limits(max_bytes=1000, max_seconds=10, sweep_seconds=5)


class FanoutHarness:
    """A registry with a fan-out and a watch for slow consumers."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.registry = Registry()
        self.slow_consumers = SlowConsumers(
            self.registry, LIMITS, lambda topics: NEWEST, self.clock
        )
        self.fanout = Fanout(self.registry, self.slow_consumers, self.clock)

    def open_connections(
        self, count: int, topics: frozenset[Topic] = DEFAULT_TOPICS
    ) -> list[FakeConnection]:
        """Register new connections that follow these topics."""
        connections = [FakeConnection(f"v{index}") for index in range(count)]
        for connection in connections:
            connection.set_topics(topics)
            self.registry.add(connection)
        return connections

    def open_connection(self, topics: frozenset[Topic] = DEFAULT_TOPICS) -> FakeConnection:
        """Register one new connection."""
        return self.open_connections(1, topics)[0]

    def open_stuck_connection(self) -> FakeConnection:
        """Register a connection whose client reads nothing."""
        connection = self.open_connection()
        connection.fake_outbound.is_stuck = True
        return connection

    async def broadcast_number(self, number: int) -> None:
        """Broadcast a frame of 98 digits."""
        await self.fanout.send_to_all({Topic.ONLINE: [f"{number:098}"]})

    async def scan(self) -> None:
        """Advance the clock to the next scan for slow consumers, and run it."""
        self.clock.seconds += SCAN_SECONDS
        await self.slow_consumers.scan()
        await asyncio.sleep(0)  # closing runs in its own task
