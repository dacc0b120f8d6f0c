"""Choose and build the presence backend of a process.

``LANDING_PRESENCE_BACKEND`` names a class. Without it, the backend is Redis if ``REDIS_URL`` is
set, else the memory of this process.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings
from django.utils.module_loading import import_string

from ...conf import LandingSettings, read
from .contract import PresenceBackend, Timing
from .memory.backend import MemoryPresence
from .redis.backend import RedisPresence


def timing(settings: LandingSettings) -> Timing:
    """Return the durations of the settings in ms."""
    return Timing(
        heartbeat_ms=round(settings.LANDING_HEARTBEAT_SECONDS * 1000),
        lease_ms=round(settings.LANDING_LEASE_SECONDS * 1000),
        linger_ms=round(settings.LANDING_LINGER_SECONDS * 1000),
        interval_ms=round(settings.LANDING_BROADCAST_INTERVAL_SECONDS * 1000),
        refresh_ms=round(settings.LANDING_STATS_REFRESH_SECONDS * 1000),
    )


def is_shared() -> bool:
    """Return whether other processes see what this one reports."""
    custom = _custom_class(read())
    return bool(redis_url()) if custom is None else bool(custom.is_shared)


def redis_url() -> str:
    """Return the URL of Redis, empty without one."""
    return getattr(django_settings, "REDIS_URL", None) or ""


def from_settings() -> PresenceBackend:
    """Return a new backend for a worker or a command."""
    settings = read()
    custom = _custom_class(settings)
    if custom is not None:
        backend: PresenceBackend = custom(timing(settings))
        return backend
    if not redis_url():
        return MemoryPresence(timing(settings))
    return RedisPresence(
        redis_url(),
        settings.LANDING_REDIS_PREFIX,
        timing(settings),
        settings.LANDING_REDIS_TIMEOUT_SECONDS,
    )


def _custom_class(settings: LandingSettings) -> Any:
    """Return the class that the settings name, or None."""
    path = settings.LANDING_PRESENCE_BACKEND
    return import_string(path) if path else None
