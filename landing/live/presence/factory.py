"""Which backend a process uses: in-process without ``REDIS_URL``, Redis with it."""

from __future__ import annotations

from django.conf import settings as django_settings

from ...conf import LandingSettings, read
from .contract import PresenceBackend, Timing
from .memory.backend import MemoryPresence
from .redis.backend import RedisPresence


def timing(settings: LandingSettings) -> Timing:
    """The settings as the backends take them."""
    return Timing(
        heartbeat_ms=round(settings.LANDING_HEARTBEAT_SECONDS * 1000),
        lease_ms=round(settings.LANDING_LEASE_SECONDS * 1000),
        linger_ms=round(settings.LANDING_LINGER_SECONDS * 1000),
        interval_ms=round(settings.LANDING_BROADCAST_INTERVAL_SECONDS * 1000),
        refresh_ms=round(settings.LANDING_STATS_REFRESH_SECONDS * 1000),
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
        settings.LANDING_REDIS_PREFIX,
        timing(settings),
        settings.LANDING_REDIS_TIMEOUT_SECONDS,
    )
