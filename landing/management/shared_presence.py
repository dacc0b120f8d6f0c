"""Run calls of a command on the presence backend that the server processes share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from django.core.management.base import CommandError

from ..conf import spell
from ..live.presence import factory
from ..live.presence.contract import PresenceBackend, PresenceError

T = TypeVar("T")


def call_backend(call: Callable[[PresenceBackend], Awaitable[T]]) -> T:
    """Return the result of ``call(backend)``.

    Raises:
        CommandError: the backend is not shared, or the call failed; the message is one line.
    """
    if not factory.is_shared():
        raise CommandError(
            f"{spell('LANDING_REDIS_URL')} is not set: each server keeps presence in its own "
            "process, out of reach for this command."
        )
    try:
        return asyncio.run(_call(call))
    except (PresenceError, ValueError) as error:
        raise CommandError(str(error)) from None


async def _call(call: Callable[[PresenceBackend], Awaitable[T]]) -> T:
    async with factory.closing(factory.from_settings()) as backend:
        return await call(backend)
