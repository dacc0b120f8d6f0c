"""The load of Redis between two readings of its INFO."""

from __future__ import annotations

import time
from typing import NamedTuple

import redis

#: Commands that last longer are in the slow log.
SLOW_MICROSECONDS = 500
#: The options of a Redis whose longest commands can be read.
OPTIONS = (
    *("--slowlog-log-slower-than", str(SLOW_MICROSECONDS)),
    *("--slowlog-max-len", "20000"),
)
#: Commands that clients send and no script calls.
SENT = ("evalsha", "eval", "publish", "subscribe")


class Load(NamedTuple):
    """The load of Redis, as averages per second."""

    seconds: float
    #: share of a core, all threads of Redis
    core: float
    #: script calls and published messages
    commands: float
    #: all commands, with those inside scripts
    inner_commands: float
    bytes_in: float
    bytes_out: float
    #: the longest command, in ms; 0 if none was in the slow log
    longest_ms: float


class Meter:
    """Reads one Redis. Its own commands are a few per reading."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self.start()

    def start(self) -> None:
        """Begin a measurement."""
        self._client.slowlog_reset()
        self._before = self._read()

    def load(self) -> Load:
        """Return the load since the beginning of the measurement."""
        before, after = self._before, self._read()
        seconds = after[0] - before[0]
        rates = [(b - a) / seconds for a, b in zip(before[1:], after[1:], strict=True)]
        slow = [entry["duration"] for entry in self._client.slowlog_get(20_000)]
        return Load(seconds, *rates, max(slow, default=0) / 1000)

    def memory_bytes(self) -> int:
        """Return the memory that Redis uses now."""
        used: int = self._client.info("memory")["used_memory"]
        return used

    def _read(self) -> tuple[float, ...]:
        cpu, stats = self._client.info("cpu"), self._client.info("stats")
        commands = self._client.info("commandstats")
        return (
            time.monotonic(),
            cpu["used_cpu_user"] + cpu["used_cpu_sys"],
            sum(commands.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in SENT),
            stats["total_commands_processed"],
            stats["total_net_input_bytes"],
            stats["total_net_output_bytes"],
        )
