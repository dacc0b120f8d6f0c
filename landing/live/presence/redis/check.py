"""The check of Redis at start-up: whether it can serve presence.

Everything that presence needs is tried by a harmless command on keys that nothing else uses.
:mod:`.errors` decides what a failure means.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

from ....conf import read
from ..contract import PresenceError, Timing
from . import tls
from .backend import RedisPresence
from .errors import (
    CODES,
    PresenceDenied,
    PresenceRefused,
    PresenceUnreachable,
    PresenceWarned,
    error_of,
    permission,
    rule_of,
    without_script,
)

logger = logging.getLogger(__name__)

NO_EVICTION = "noeviction"
SEE_DOCS = 'See "Permissions in Redis" in docs/operations.md.'


class Optional(NamedTuple):
    """A command that presence can do without, and the consequence."""

    command: tuple[str | int, ...]
    consequence: str


def optional_commands(prefix: str) -> tuple[Optional, ...]:
    """Return the commands that presence can do without, apart from the channel layer's."""
    key = _trial_key(prefix)
    salts = "a visitor without a cookie counts once per process"
    return (
        Optional(("SET", key, "a", "NX", "EX", 1), salts),
        Optional(("GET", key), salts),
        Optional(
            ("PEXPIRE", key, 1000), "each process limits the visitors of a network for itself"
        ),
        Optional(("INFO", "memory"), "its eviction policy and its uptime are unknown"),
    )


def _trial_key(prefix: str) -> str:
    return "{" + prefix + "}:try:string"


def check_redis(
    url: str, then: Callable[[], Awaitable[PresenceError | None]] | None = None
) -> str | None:
    """Return in one line what an operator must fix, or None. Log what does not prevent a start.

    The line contains no password. An unreachable Redis is not an error here, because
    connections and pages work without it. If Redis answers, ``then`` checks what else uses it.
    """
    # asyncio.run() would unset the event loop that the server has set for this thread.
    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(asyncio.run, _find_problem(url, then)).result()


async def _find_problem(
    url: str, then: Callable[[], Awaitable[PresenceError | None]] | None
) -> str | None:
    settings = read()
    prefix = settings.LANDING_REDIS_PREFIX
    try:
        presence = RedisPresence(url, prefix, Timing(), settings.LANDING_REDIS_TIMEOUT_SECONDS)
    except ValueError as error:
        return f"REDIS_URL: {error}"
    try:
        await _try_needed_commands(presence, prefix)
        await _try_optional_commands(presence, prefix)
        if then is not None and (problem := await then()):
            logger.warning("%s; changes reach other processes with the next heartbeat", problem)
    except PresenceRefused as error:
        return f"REDIS_URL: {error}"
    except PresenceWarned as error:
        logger.warning("REDIS_URL: %s", error)
    except PresenceUnreachable:
        mistake = await tls.find_mistake(url)
        return f"REDIS_URL: {mistake}." if mistake else None
    except PresenceError:
        return None
    finally:
        await presence.close()
    return None


async def _try_needed_commands(presence: RedisPresence, prefix: str) -> None:
    """Raise the error of the commands that presence cannot work without."""
    # A newer Redis answers a long command before the password with a protocol error, so a
    # short one comes first. Nothing else sends PING.
    with suppress(PresenceDenied):
        await presence.execute("PING")
    try:
        failing = await presence.find_failing_commands()
    except PresenceDenied as error:
        raise _denied({permission(str(error), "EVALSHA", keys=prefix)}) from error
    rules = [(rule_of("", text), command, text) for command, text in failing]
    for rule, command, text in rules:
        if rule is not CODES["NOPERM"]:
            raise error_of(rule, f"{command}: {without_script(text)}")
    if denied := {permission(text, command, keys=prefix) for _, command, text in rules}:
        raise _denied(denied)


def _denied(permissions: Collection[str]) -> PresenceError:
    return error_of(CODES["NOPERM"], f"{' '.join(sorted(permissions))}. {SEE_DOCS}")


async def _try_optional_commands(presence: RedisPresence, prefix: str) -> None:
    """Log a warning per consequence of missing permissions, and one of a wrong eviction policy."""
    missing: dict[str, list[str]] = {}
    for command, consequence in optional_commands(prefix):
        try:
            reply = await presence.execute(*command)
        except PresenceRefused as error:
            needed = permission(str(error), str(command[0]), keys=prefix)
            missing.setdefault(consequence, []).append(needed)
        else:
            _warn_of_eviction(reply)
    await presence.execute("UNLINK", _trial_key(prefix))
    for consequence, permissions in missing.items():
        logger.warning(
            "Redis denies the user of REDIS_URL %s; without, %s. %s",
            " ".join(dict.fromkeys(permissions)),
            consequence,
            SEE_DOCS,
        )


def _warn_of_eviction(reply: object) -> None:
    policy = reply.get("maxmemory_policy", NO_EVICTION) if isinstance(reply, dict) else NO_EVICTION
    if policy != NO_EVICTION:
        logger.warning(
            "Redis may evict keys of presence (maxmemory-policy %s): after each loss, counts are "
            "stale for a heartbeat. Set maxmemory-policy to %s.",
            policy,
            NO_EVICTION,
        )
