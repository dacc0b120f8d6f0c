"""How a command asks the presence that the server processes share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from django.core.management.base import CommandError

from ..live.presence import factory
from ..live.presence.contract import PresenceBackend, PresenceError

T = TypeVar("T")


def ask(question: Callable[[PresenceBackend], Awaitable[T]]) -> T:
    """The answer to ``question``. Raises CommandError, in one line, when there is none."""
    if not factory.is_shared():
        raise CommandError(
            "REDIS_URL is not set: each server keeps presence in its own process, "
            "where another process cannot see it."
        )
    try:
        return asyncio.run(_ask(question))
    except (PresenceError, ValueError) as error:
        raise CommandError(str(error)) from None


async def _ask(question: Callable[[PresenceBackend], Awaitable[T]]) -> T:
    presence = factory.from_settings()
    try:
        return await question(presence)
    finally:
        await presence.close()
