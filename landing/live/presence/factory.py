"""Which backend a process uses: in-process without ``REDIS_URL``, Redis with it."""

from __future__ import annotations

from django.conf import settings as django_settings

from ...conf import Defaults, read
from .contract import PresenceBackend, Timing
from .memory.backend import MemoryPresence
from .redis.backend import RedisPresence


def timing(settings: Defaults) -> Timing:
    """The settings as the backends take them."""
    return Timing(
        heartbeat_ms=round(settings.heartbeat_seconds * 1000),
        lease_ms=round(settings.lease_seconds * 1000),
        linger_ms=round(settings.linger_seconds * 1000),
        interval_ms=round(settings.broadcast_interval_seconds * 1000),
        refresh_ms=round(settings.stats_refresh_seconds * 1000),
    )


def is_shared() -> bool:
    """Whether other processes see what this one reports."""
    return bool(redis_url())


def redis_url() -> str:
    """Empty: none."""
    return getattr(django_settings, "REDIS_URL", None) or ""


def from_settings() -> PresenceBackend:
    """A fresh backend for a worker or a command."""
    settings = read()
    if not is_shared():
        return MemoryPresence(timing(settings))
    return RedisPresence(
        redis_url(),
        settings.redis_prefix,
        timing(settings),
        settings.redis_timeout_seconds,
    )
