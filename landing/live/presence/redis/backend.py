"""The presence backend for any number of processes, in Redis.

Each method of the contract is one Lua script: one atomic step and one round trip. The
scripts take the same steps as the in-process backend in :mod:`..memory`. This module owns
the connections. It runs on Redis 6.2 and Valkey, and an instance belongs to one event loop.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from redis import exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from ....conf import LandingSettings, redis_url
from ....resilience.redis_pool import build_pool
from ..contract import (
    Answer,
    Inspection,
    KeyType,
    Places,
    PresenceError,
    Report,
    Snapshot,
    Timing,
)
from . import state, wire
from .errors import PresenceRefused, as_presence_error
from .scripts import SCRIPTS, Script, Scripts
from .state import Holding, State

#: A worker has one report in flight. The other connections serve salts and health checks.
MAX_CONNECTIONS = 4
SALT_BYTES = 32
#: A salt expires this long after its UTC day, because the clocks of workers differ.
SALT_MARGIN = timedelta(minutes=10)

T = TypeVar("T")


class RedisPresence:
    """Counts the people of all processes with the same ``url`` and ``prefix``."""

    is_shared: ClassVar[bool] = True

    def __init__(
        self,
        url: str,
        prefix: str,
        timing: Timing,
        timeout_seconds: float,
        *,
        max_people_per_network: int = 0,
        max_places: int = 0,
        scripts: Scripts = SCRIPTS,
    ) -> None:
        """Prepare the connections; the first call opens one. Raise ValueError for a bad URL."""
        self.timing = timing
        self.max_people_per_network = max_people_per_network
        self.max_places = max_places
        #: Added to the time of Redis; only tests set it (rule 10).
        self.clock_offset_ms = 0
        self._scripts = scripts
        self._prefix = "{" + prefix + "}:"
        pool: BlockingConnectionPool = build_pool(
            BlockingConnectionPool,
            parse_url,
            url,
            timeout_seconds,
            max_connections=MAX_CONNECTIONS,
            timeout=timeout_seconds,
            # The worker retries with a new report that has the latest changes.
            retry=Retry(NoBackoff(), 0),
        )
        self._redis = Redis.from_pool(pool)

    @classmethod
    def from_settings(cls, settings: LandingSettings, timing: Timing) -> Self:
        return cls(
            redis_url(),
            settings.LANDING_REDIS_PREFIX,
            timing,
            settings.LANDING_REDIS_TIMEOUT_SECONDS,
            max_people_per_network=settings.LANDING_NETWORK_MAX_PEOPLE,
            max_places=settings.LANDING_MAX_PLACES,
        )

    async def sync(self, report: Report) -> Answer:
        arguments = wire.report_arguments(report)
        return wire.answer(await self._run(self._scripts.sync, report.worker, *arguments))

    async def drain(self, worker: str, seq: int, linger_ms: int) -> bool:
        # The script needs no seq: the tombstone rejects every later report.
        return bool(await self._run(self._scripts.drain, worker, linger_ms))

    async def snapshot(self) -> Snapshot | None:
        return wire.snapshot(await self._run(self._scripts.snapshot))

    async def places(
        self, limit: int, wanted: Sequence[str] = (), *, steps: bool = False
    ) -> Places | None:
        reply = await self._run(self._scripts.places, "", limit, int(steps), *wanted)
        return wire.places(reply, len(wanted))

    async def inspect(self) -> Inspection:
        return wire.inspection(await self._run(self._scripts.inspect))

    async def read_state(self) -> State:
        """Return all data except the ids, also if it is damaged, without changing it."""
        return _read(state.parse, await self._run(self._scripts.examine))

    async def verify(self, kind: KeyType, ids: Sequence[bytes]) -> list[Holding]:
        """Recount at most :data:`~.state.MAX_VERIFIED` ids in one step."""
        return [
            Holding(*counts) for counts in await self._run(self._scripts.verify, "", kind, *ids)
        ]

    async def clear(self) -> None:
        await self._run(self._scripts.clear)

    async def find_failing_commands(self) -> list[tuple[str, str]]:
        """Try all commands of the scripts; return those that fail, each with its error."""
        # Redis may know the script, but a restart makes EVAL necessary.
        await self.execute("EVAL", "return 1", 0)
        return _read(_parse_failing, await self._run(self._scripts.check))

    async def execute(self, *command: wire.Argument) -> Any:
        """Return the reply to one command, for checks."""
        return await self._call(self._redis.execute_command, *command)

    async def daily_salt(self, day: str) -> bytes:
        key = f"{self._prefix}salt:{day}"
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(key, secrets.token_bytes(SALT_BYTES), nx=True, ex=_salt_lifetime(day))
        pipeline.get(key)
        salt: bytes | None = (await self._call(pipeline.execute))[1]
        if salt is None or len(salt) != SALT_BYTES:
            raise PresenceError(f"The Redis key {key} does not hold a salt of {SALT_BYTES} bytes.")
        return salt

    async def close(self) -> None:
        await self._redis.aclose()

    async def _run(self, script: Script, worker: str = "", *arguments: wire.Argument) -> Any:
        keys_and_arguments = (
            f"{self._prefix}meta",
            *wire.common_arguments(
                self.timing,
                self.clock_offset_ms,
                worker,
                self.max_people_per_network,
                self.max_places,
            ),
            *arguments,
        )

        async def run_script() -> Any:
            try:
                return await self._redis.evalsha(script.sha, 1, *keys_and_arguments)
            except exceptions.NoScriptError:
                # A restart or a flush emptied Redis's script cache; EVAL fills it again.
                return await self._redis.eval(script.source, 1, *keys_and_arguments)

        return await self._call(run_script)

    async def _call(self, function: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """Return the result of a call to Redis. Raise PresenceError for every failure."""
        try:
            return await function(*arguments)
        except (exceptions.RedisError, OSError) as error:
            # After a failover, the name in REDIS_URL leads to another server. An open
            # connection would stay with the old one.
            with suppress(exceptions.RedisError, OSError):
                await self._redis.connection_pool.disconnect(inuse_connections=False)
            raise as_presence_error(error) from error


def _salt_lifetime(day: str) -> timedelta:
    """Return the time from now until soon after the end of ``day``."""
    end = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1)
    return max(end - datetime.now(UTC), timedelta()) + SALT_MARGIN


def _parse_failing(reply: Any) -> list[tuple[str, str]]:
    return [(command.decode(), error.decode()) for command, error in reply]


def _read(parse: Callable[[Any], T], reply: Any) -> T:
    """Return a parsed reply. Raise PresenceRefused for one of a program that is not Redis."""
    try:
        return parse(reply)
    except (AttributeError, LookupError, TypeError, ValueError):
        raise PresenceRefused("The server is not Redis: its answers have other types.") from None
