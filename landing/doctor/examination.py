"""Examine everything that the counts of a deployment depend on, in one order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import cast

from .. import conf
from ..live.presence import factory
from ..live.presence.contract import PresenceError
from ..live.presence.redis import tls
from ..live.presence.redis.backend import RedisPresence
from ..live.presence.redis.errors import PresenceDenied, PresenceUnreachable
from ..live.presence.redis.state import State
from ..live.presence.redis.trials import find_missing_permissions, try_needed_commands
from .channel_layer import examine_channel_layer, examine_settings
from .counts import compare_versions, examine_counts
from .database import examine_database, examine_split
from .finding import Finding, Status, ok, problem, warning, worst
from .key_space import KeySpace
from .reader import Cost, Reader
from .recount import Recount
from .server import Info, examine_clocks, examine_server, is_replica
from .workers import examine_limit, examine_workers

SEE_ERRORS = 'See "Redis errors" in docs/redis.md.'
SEE_PERMISSIONS = 'Grant it; see "Permissions in Redis" in docs/redis.md.'


@dataclass(frozen=True, slots=True)
class Examination:
    """All findings, and the cost of reading Redis."""

    findings: tuple[Finding, ...]
    cost: Cost

    @property
    def status(self) -> Status:
        return worst(self.findings)


def examine(max_entries: int) -> Examination:
    """Examine the deployment of the settings; recount at most ``max_entries`` entries."""
    before = [*examine_settings(), examine_database()]
    findings, cost = _examine_backend(max_entries)
    return Examination((*before, *findings), cost)


def _examine_backend(max_entries: int) -> tuple[list[Finding], Cost]:
    settings = conf.read()
    try:
        backend = factory.backend_class()
    except ImportError:
        return [], Cost()  # a finding about the settings names it
    if issubclass(backend, RedisPresence):
        return asyncio.run(_examine_redis(settings.LANDING_REDIS_PREFIX, max_entries))
    if backend.is_shared:
        unknown = warning(
            "backend",
            f"Presence is in {backend.__module__}.{backend.__qualname__}, which this command "
            "cannot examine.",
            "Use the tools of that backend, and manage.py presence_stats.",
        )
        return [unknown], Cost()
    in_memory = ok(
        "backend",
        "Presence is in the memory of each process, so no command can see it from outside; "
        "only the database and the settings were examined.",
    )
    return [in_memory, examine_split(settings.LANDING_HEARTBEAT_SECONDS)], Cost()


async def _examine_redis(prefix: str, max_entries: int) -> tuple[list[Finding], Cost]:
    try:
        presence = cast("RedisPresence", factory.from_settings())
    except ValueError as error:
        setting = conf.spell("LANDING_REDIS_URL")
        return [problem("redis", f"{setting}: {error}.", f"Correct {setting}.")], Cost()
    async with factory.closing(presence):
        reader = Reader(presence, prefix)
        try:
            info = await _read_info(reader)
        except PresenceError as error:
            return [await _describe_error(error)], reader.cost
        findings = [*examine_server(info)] if info else []
        tried = await _try_commands(reader, prefix, info)
        findings += tried
        try:
            findings.append(await _compare_clocks(reader))
            state = await reader.read_state()
        except PresenceError as error:
            # The trial may have found the cause already.
            added = [] if worst(tried) is Status.PROBLEM else [await _describe_error(error)]
            return findings + added, reader.cost
        findings += await examine_data(presence, reader, state, max_entries)
        live = [worker for worker in state.workers if worker.lease_until_ms is not None]
        findings += await examine_channel_layer(len(live))
        return findings, reader.cost


async def examine_data(
    presence: RedisPresence, reader: Reader, state: State, max_entries: int
) -> list[Finding]:
    """Return findings about workers, counts, and keys."""
    findings = [
        *examine_workers(state, presence.timing),
        *examine_limit(state, presence.max_people_per_network),
        *examine_counts(state, presence.timing),
    ]
    findings += await _guard("keys", KeySpace(reader).examine(state, max_entries))
    entries = sum(each.visitors + each.signed + each.users for each in state.workers)
    entries += sum(state.sizes.values())
    if state.has_wrong_type:
        findings.append(ok("recount", "The sets were not recounted: a key has a wrong type."))
    elif entries > max_entries:
        findings.append(
            ok(
                "recount",
                f"The sets were not recounted: they have {entries:,} entries (--max-entries).",
            )
        )
    else:
        findings += await _guard("recount", Recount(reader, state).examine())
    try:
        findings.append(compare_versions(state, await reader.read_state()))
    except PresenceError as error:
        findings.append(await _describe_error(error))
    return findings


async def _read_info(reader: Reader) -> Info:
    """Return the reply to INFO; empty without the permission."""
    try:
        info = await reader.execute("INFO")
    except PresenceDenied:
        return {}
    return info if isinstance(info, dict) else {}


async def _try_commands(reader: Reader, prefix: str, info: Info) -> list[Finding]:
    """Try what the server tries at its start; a replica refuses it anyway."""
    if is_replica(info):
        return []
    try:
        await try_needed_commands(reader, prefix)
        missing = await find_missing_permissions(reader, prefix)
    except PresenceError as error:
        return [await _describe_error(error)]
    return [
        warning(
            "permissions",
            f"Redis denies the user of {conf.spell('LANDING_REDIS_URL')} {each.permissions}. "
            f"Consequence: {each.consequence}.",
            SEE_PERMISSIONS,
        )
        for each in missing
    ] or [ok("permissions", "Every command of presence works.")]


async def _compare_clocks(reader: Reader) -> Finding:
    sent_ms = time.time_ns() // 1_000_000
    seconds, microseconds = await reader.execute("TIME")
    received_ms = time.time_ns() // 1_000_000
    return examine_clocks(seconds * 1000 + microseconds // 1000, sent_ms, received_ms)


async def _guard(check: str, findings: Awaitable[Iterable[Finding]]) -> list[Finding]:
    """Return the findings, or that they could not be made."""
    try:
        return [*await findings]
    except PresenceDenied as error:
        return [warning(check, f"Could not be examined. {error}", SEE_PERMISSIONS)]
    except PresenceError as error:
        return [await _describe_error(error)]


async def _describe_error(error: PresenceError) -> Finding:
    sentence = f"{str(error).rstrip('.')}."
    if isinstance(error, PresenceUnreachable):
        if mistake := await tls.find_mistake(conf.redis_url()):
            return problem("redis", sentence, f"{mistake}.")
        setting = conf.spell("LANDING_REDIS_URL")
        return problem("redis", sentence, f"Start Redis, or correct {setting} or the firewall.")
    if isinstance(error, PresenceDenied):
        return problem("permissions", sentence, SEE_PERMISSIONS)
    return problem("redis", sentence, SEE_ERRORS)
