"""The presence backend of this process, chosen by the settings.

``LANDING_PRESENCE_BACKEND`` is the dotted path of a class with the methods of
:class:`~.contract.PresenceBackend`. If it is empty, the process uses Redis with
``REDIS_URL``, and otherwise the in-process backend.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from ...conf import LandingSettings, read, redis_url, spell
from .contract import PresenceBackend, Timing

MEMORY = f"{__package__}.memory.backend.MemoryPresence"
REDIS = f"{__package__}.redis.backend.RedisPresence"
#: The methods that every backend has.
METHODS = sorted(
    name
    for name, value in vars(PresenceBackend).items()
    if not name.startswith("_") and (callable(value) or isinstance(value, classmethod))
)


def backend_class() -> type[PresenceBackend]:
    """Return the class of the backend. Raise ImportError for a wrong dotted path."""
    has_redis = bool(redis_url())
    path = read().LANDING_PRESENCE_BACKEND or (REDIS if has_redis else MEMORY)
    backend: type[PresenceBackend] = import_string(path)
    return backend


def is_shared() -> bool:
    """Return whether the backend counts the people of several processes."""
    return backend_class().is_shared


def can_share() -> bool:
    """Return :func:`is_shared`, and False for a backend that cannot be imported.

    A system check and the log of the server report it. The pages of a project must not fail.
    """
    try:
        return is_shared()
    except ImportError:
        return False


def from_settings() -> PresenceBackend:
    """Return a new backend for a worker or a command.

    Raise ImproperlyConfigured for a backend that lacks methods, such as one of an earlier release.
    """
    settings, backend = read(), backend_class()
    missing = [name for name in METHODS if not callable(getattr(backend, name, None))]
    if missing:
        name = f"{backend.__module__}.{backend.__qualname__}"
        raise ImproperlyConfigured(
            f"{spell('LANDING_PRESENCE_BACKEND')}: {name} lacks the methods "
            f"{', '.join(missing)}. PresenceBackend in {PresenceBackend.__module__} "
            "describes them."
        )
    return backend.from_settings(settings, timing(settings))


@asynccontextmanager
async def closing(backend: PresenceBackend) -> AsyncIterator[PresenceBackend]:
    """Close the connections of a backend at the end of the block."""
    try:
        yield backend
    finally:
        await backend.close()


def timing(settings: LandingSettings) -> Timing:
    """Return the durations of the settings in ms."""
    return Timing(
        heartbeat_ms=round(settings.LANDING_HEARTBEAT_SECONDS * 1000),
        lease_ms=round(settings.LANDING_LEASE_SECONDS * 1000),
        linger_ms=round(settings.LANDING_LINGER_SECONDS * 1000),
        interval_ms=round(settings.LANDING_BROADCAST_INTERVAL_SECONDS * 1000),
        refresh_ms=round(settings.LANDING_STATS_REFRESH_SECONDS * 1000),
    )
