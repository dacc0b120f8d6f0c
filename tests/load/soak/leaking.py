"""Settings of the site with a middleware that leaks. The product does not contain this code.

The harness starts the workers with these settings. Its tests prove that it finds each leak.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import redis
from django.utils.decorators import async_only_middleware

from landing_site.settings import *  # noqa: F403
from landing_site.settings import MIDDLEWARE as MIDDLEWARE_OF_THE_SITE
from tests.load.soak import LEAK, LEAKS

MIDDLEWARE = [f"{__name__}.leak_at_each_request", *MIDDLEWARE_OF_THE_SITE]
LEAKED_BYTES = 1_000_000

_kept: list[Any] = []


@async_only_middleware
def leak_at_each_request(get_response: Callable[[Any], Awaitable[Any]]) -> Any:
    """Leak what the environment names, at each request."""
    chosen = [FUNCTIONS[kind] for kind in os.environ[LEAK].split(",")]

    async def respond(request: Any) -> Any:
        for leak in chosen:
            leak()
        return await get_response(request)

    return respond


def leak_memory() -> None:
    _kept.append(b"x" * LEAKED_BYTES)


def leak_file() -> None:
    os.open(os.devnull, os.O_RDONLY)


def leak_task() -> None:
    _kept.append(asyncio.get_running_loop().create_task(asyncio.Event().wait()))


def leak_thread() -> None:
    threading.Thread(target=threading.Event().wait, daemon=True).start()


def leak_key() -> None:
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.set(secrets.token_hex(), "")


FUNCTIONS = dict(
    zip(LEAKS, (leak_memory, leak_file, leak_task, leak_thread, leak_key), strict=True)
)
