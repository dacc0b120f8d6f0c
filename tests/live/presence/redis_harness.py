"""The Redis backend with a clock and data that the test controls."""

from __future__ import annotations

from pathlib import Path

import redis

from landing.live.presence.redis import scripts, wire
from landing.live.presence.redis.backend import RedisPresence
from tests.live.presence.simulation import TIMING

PREFIX = "test"
META = "{test}:meta"
STILL_CLOCK = Path(__file__).with_name("still_clock.lua").read_text()
SCRIPTS = scripts.load({"_clock": STILL_CLOCK})
#: Long, so that a slow test machine does not look like an unreachable Redis.
TIMEOUT_SECONDS = 30.0

Backup = dict[bytes, tuple[bytes, int]]


class RedisHarness:
    """An empty Redis at ``url``; its clock moves only by :meth:`advance`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = redis.Redis.from_url(url)
        self.client.flushall()
        self.presence = RedisPresence(url, PREFIX, TIMING, TIMEOUT_SECONDS, scripts=SCRIPTS)
        self.presence.max_places = 100
        self.presence.clock_offset_ms = 1_769_860_800_000
        self._begin_settled()

    def _begin_settled(self) -> None:
        """Begin as a backend that started long ago and has settled."""
        arguments = wire.common_arguments(TIMING, self.presence.clock_offset_ms, "", 0, 0)
        self.client.eval(SCRIPTS.clear.source, 1, META, *arguments)
        self.client.hset(META, "settling_until", 0)

    def limit_places(self, max_places: int) -> None:
        self.presence.max_places = max_places

    def limit_networks(self, max_people: int) -> None:
        self.presence.max_people_per_network = max_people

    def advance(self, ms: int) -> None:
        self.presence.clock_offset_ms += ms

    async def lose_data(self) -> None:
        self.client.flushall()

    async def save(self) -> object:
        backup: Backup = {}
        for key in self.client.keys():
            backup[key] = (self.client.dump(key), max(0, self.client.pttl(key)))
        return backup

    async def restore(self, backup: object) -> None:
        assert isinstance(backup, dict)
        self.client.flushall()
        for key, (value, ttl_ms) in backup.items():
            self.client.restore(key, ttl_ms, value)

    async def close(self) -> None:
        self.client.close()
        await self.presence.close()


def create_user(client: redis.Redis, rules: str) -> str:
    """Create the user ``limited`` with these ACL rules only, and return its URL."""
    client.execute_command("ACL SETUSER", "limited", "reset", "on", ">secret", *rules.split())
    address = client.get_connection_kwargs()
    return f"redis://limited:secret@{address['host']}:{address['port']}/0"
