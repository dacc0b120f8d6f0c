"""Connection pools of Redis whose calls end within a timeout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any, TypeVar, cast

from redis.connection import AbstractConnection

P = TypeVar("P")

#: CLIENT SETINFO would hide an error that Redis sends as its first answer, such as DENIED.
WITHOUT_GREETING: dict[str, None] = (
    {"driver_info": None}
    if "driver_info" in signature(AbstractConnection).parameters
    else {"lib_name": None, "lib_version": None}
)


def build_pool(
    pool_class: Callable[..., P],
    parse_url: Callable[[str], Mapping[str, Any]],
    url: str,
    timeout_seconds: float,
    **options: Any,
) -> P:
    """Build a pool for ``url``; raise ValueError for a bad URL.

    ``pool_class``, ``parse_url``, and the options come from the same client of redis-py, the
    synchronous or the asynchronous one. The options override those of the URL.
    """
    options |= {
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        "health_check_interval": 0,
        "decode_responses": False,
        "protocol": 2,
        **WITHOUT_GREETING,
    }
    try:
        pool: Any = pool_class(**{**parse_url(url), **options})
        # Without this, an unknown option in the URL would fail only at the first call.
        pool.connection_class(**pool.connection_kwargs)
    except (TypeError, ValueError):
        # The original error may contain the password.
        raise ValueError("must be a Redis URL such as redis://user:password@host:6379/0") from None
    return cast("P", pool)
