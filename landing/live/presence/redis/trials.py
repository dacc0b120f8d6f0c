"""Try every command that presence uses, on keys that nothing else uses.

A missing permission, a proxy that forbids a command, and a Redis that refuses writes are found
here, and not in the middle of a step. Leaves no keys behind.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from ..contract import PresenceError
from .errors import (
    CODES,
    Outcome,
    PresenceDenied,
    PresenceRefused,
    error_of,
    permission,
    rule_of,
    without_script,
)
from .wire import Argument

SEE_DOCS = 'See "Permissions in Redis" in docs/redis.md.'
NO_EVICTION = "noeviction"


class Commands(Protocol):
    """The part of :class:`~.backend.RedisPresence` that trials need."""

    async def execute(self, *command: Argument) -> Any: ...

    async def find_failing_commands(self) -> list[tuple[str, str]]: ...


class OptionalCommand(NamedTuple):
    """A command that presence can do without, and the consequence."""

    command: tuple[str | int, ...]
    consequence: str


class MissingPermissions(NamedTuple):
    """ACL rules that the user lacks, such as ``+set +get``, and the consequence."""

    permissions: str
    consequence: str


def eviction_policy(info: object) -> str:
    """Return the eviction policy in a reply to INFO. A server that names none does not evict."""
    return info.get("maxmemory_policy", NO_EVICTION) if isinstance(info, dict) else NO_EVICTION


def optional_commands(prefix: str) -> tuple[OptionalCommand, ...]:
    """Return the commands that presence can do without, apart from the channel layer's."""
    key = _trial_key(prefix)
    salts = "a visitor without a cookie counts once per process"
    limits = "each process limits the visitors of a network for itself"
    return (
        OptionalCommand(("SET", key, "a", "NX", "EX", 1), salts),
        OptionalCommand(("GET", key), salts),
        OptionalCommand(("PEXPIRE", key, 1000), limits),
        OptionalCommand(("INFO", "memory"), "its eviction policy and its uptime are unknown"),
    )


def _trial_key(prefix: str) -> str:
    return "{" + prefix + "}:try:string"


async def try_needed_commands(presence: Commands, prefix: str) -> None:
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
        if rule.outcome is not Outcome.DENY:
            raise error_of(rule, f"{command}: {without_script(text)}")
    if denied := {permission(text, command, keys=prefix) for _, command, text in rules}:
        raise _denied(denied)


def _denied(permissions: Collection[str]) -> PresenceError:
    return error_of(CODES["NOPERM"], f"{' '.join(sorted(permissions))}. {SEE_DOCS}")


async def find_missing_permissions(presence: Commands, prefix: str) -> list[MissingPermissions]:
    """Return the missing permissions that presence can do without, one item per consequence."""
    missing: dict[str, list[str]] = {}
    for command, consequence in optional_commands(prefix):
        try:
            await presence.execute(*command)
        except PresenceRefused as error:
            needed = permission(str(error), str(command[0]), keys=prefix)
            missing.setdefault(consequence, []).append(needed)
    await presence.execute("UNLINK", _trial_key(prefix))
    return [
        MissingPermissions(" ".join(dict.fromkeys(permissions)), consequence)
        for consequence, permissions in missing.items()
    ]
