"""Presence shared by any number of processes, in Redis.

Owns the connections and the sending of scripts: each call of the contract is one
script, one atomic step and one round trip. The rules are in the Lua files beside
this one, step for step those of :mod:`landing.live.presence.memory.backend`. Runs on
Redis 6.2 and Valkey; an instance belongs to one event loop.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, TypeVar

from redis import exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from ..contract import (
    Answer,
    Inspection,
    PresenceError,
    Report,
    Snapshot,
    Timing,
)
from . import wire
from .errors import as_presence_error
from .scripts import SCRIPTS, Script, Scripts

#: A worker has one report in flight; the rest is for salts and health checks.
MAX_CONNECTIONS = 4
SALT_BYTES = 32
#: Two days, so that the salt of a day outlives the day everywhere on Earth.
SALT_SECONDS = 48 * 3600

T = TypeVar("T")


class RedisPresence:
    """The contract for all processes whose ``url`` and ``prefix`` are the same."""

    is_shared: ClassVar[bool] = True

    def __init__(
        self,
        url: str,
        prefix: str,
        timing: Timing,
        timeout_seconds: float,
        *,
        scripts: Scripts = SCRIPTS,
    ) -> None:
        """Connects at the first call. Raises ValueError for a URL that cannot be understood."""
        self.timing = timing
        #: Moves the backend's time; only tests set it (rule 10).
        self.clock_offset_ms = 0
        self._scripts = scripts
        self._prefix = "{" + prefix + "}:"
        self._redis = Redis.from_pool(_pool(url, timeout_seconds))

    async def sync(self, report: Report) -> Answer:
        arguments = wire.report_arguments(report)
        return wire.answer(await self._run(self._scripts.sync, report.worker, *arguments))

    async def drain(self, worker: str, seq: int, linger_ms: int) -> bool:
        # The tombstone refuses every report, whatever its number.
        return bool(await self._run(self._scripts.drain, worker, linger_ms))

    async def snapshot(self) -> Snapshot | None:
        return wire.snapshot(await self._run(self._scripts.snapshot))

    async def inspect(self) -> Inspection:
        return wire.inspection(await self._run(self._scripts.inspect))

    async def clear(self) -> None:
        await self._run(self._scripts.clear)

    async def check(self) -> None:
        """Raises :class:`~landing.live.presence.redis.errors.PresenceRefused` for a Redis that
        lacks or forbids what the other methods need.
        """
        # A newer Redis calls a long command before a password a protocol error.
        await _asked(self._redis.ping)
        await self._run(self._scripts.check)

    async def daily_salt(self, day: str) -> bytes:
        key = f"{self._prefix}salt:{day}"
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(key, secrets.token_bytes(SALT_BYTES), nx=True, ex=SALT_SECONDS)
        pipeline.get(key)
        salt: bytes | None = (await _asked(pipeline.execute))[1]
        if salt is None or len(salt) != SALT_BYTES:
            raise PresenceError(f"Redis holds no salt of {SALT_BYTES} bytes at {key}.")
        return salt

    async def close(self) -> None:
        await self._redis.aclose()

    async def _run(self, script: Script, worker: str = "", *arguments: wire.Argument) -> Any:
        keys_and_arguments = (
            f"{self._prefix}meta",
            *wire.common_arguments(self.timing, self.clock_offset_ms, worker),
            *arguments,
        )

        async def send() -> Any:
            try:
                return await self._redis.evalsha(script.sha, 1, *keys_and_arguments)
            except exceptions.NoScriptError:
                # A restart or a flush emptied the cache of scripts; this fills it.
                return await self._redis.eval(script.source, 1, *keys_and_arguments)

        return await _asked(send)


async def _asked(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer. Raises PresenceError in one sentence for whatever went wrong."""
    try:
        return await ask()
    except (exceptions.RedisError, OSError) as error:
        raise as_presence_error(error) from error


def _pool(url: str, timeout_seconds: float) -> BlockingConnectionPool:
    """Everything that has a default in redis-py is said here, whatever the URL says."""
    ours: dict[str, Any] = {
        "max_connections": MAX_CONNECTIONS,
        "timeout": timeout_seconds,
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        # The worker repeats a report, as a new one with what has changed since.
        "retry": Retry(NoBackoff(), 0),
        "health_check_interval": 0,
        "decode_responses": False,
        "protocol": 2,
    }
    try:
        pool = BlockingConnectionPool(**{**parse_url(url), **ours})
        # An option of the URL that is none would only be found at the first call.
        pool.connection_class(**pool.connection_kwargs)
    except (TypeError, ValueError):
        # The reason may hold the password.
        raise ValueError("must be redis://user:password@host:port/0 or alike") from None
    return pool
