from __future__ import annotations

from typing import Self

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from landing.conf import LandingSettings
from landing.live.presence import factory
from landing.live.presence.contract import Report, Timing
from landing.live.presence.memory.backend import MemoryPresence
from landing.live.presence.redis.backend import RedisPresence
from tests.services.redis import RedisServer


class FilePresence(MemoryPresence):
    """A third backend, with an own argument and an own setting."""

    is_shared = True

    def __init__(self, path: str, timing: Timing) -> None:
        super().__init__(timing)
        self.path = path

    @classmethod
    def from_settings(cls, settings: LandingSettings, timing: Timing) -> Self:
        return cls(f"/tmp/{settings.LANDING_REDIS_PREFIX}", timing)


def test_without_redis_the_backend_is_in_memory(settings: Settings) -> None:
    settings.REDIS_URL = ""

    assert isinstance(factory.from_settings(), MemoryPresence)
    assert not factory.is_shared()


async def test_with_redis_the_backend_uses_the_prefix(
    settings: Settings, redis_server: RedisServer
) -> None:
    settings.REDIS_URL = redis_server.url
    settings.LANDING_REDIS_PREFIX = "shop"
    presence = factory.from_settings()

    assert isinstance(presence, RedisPresence)
    assert factory.is_shared()
    await presence.sync(Report("w", seq=1, acked=0))
    await presence.close()
    with redis_server.client() as client:
        assert client.exists("{shop}:meta")


@pytest.mark.parametrize("redis_url", ["", "redis://localhost:1/0"])
def test_a_setting_selects_a_third_backend(settings: Settings, redis_url: str) -> None:
    settings.REDIS_URL = redis_url
    settings.LANDING_REDIS_PREFIX = "shop"
    settings.LANDING_PRESENCE_BACKEND = f"{__name__}.FilePresence"
    presence = factory.from_settings()

    assert isinstance(presence, FilePresence)
    assert (presence.path, presence.timing.lease_ms) == ("/tmp/shop", 15_000)
    assert factory.is_shared()


def test_the_durations_are_the_settings_in_ms(settings: Settings) -> None:
    settings.LANDING_HEARTBEAT_SECONDS = 0.5
    settings.LANDING_LEASE_SECONDS = 1.5
    settings.LANDING_LINGER_SECONDS = 0.25
    settings.LANDING_BROADCAST_INTERVAL_SECONDS = 0.1
    settings.LANDING_STATS_REFRESH_SECONDS = 2.0
    presence = factory.from_settings()

    assert isinstance(presence, MemoryPresence)
    assert presence.timing == Timing(500, 1_500, 250, 100, 2_000)


class OwnPresence(MemoryPresence):
    """A backend of the site's own."""

    is_shared = True


def test_the_settings_choose_a_backend_by_its_dotted_path(settings: Settings) -> None:
    settings.LANDING_PRESENCE_BACKEND = f"{__name__}.OwnPresence"
    settings.LANDING_LEASE_SECONDS = 1.5

    backend = factory.from_settings()

    assert isinstance(backend, OwnPresence)
    assert backend.timing.lease_ms == 1_500
    assert factory.is_shared()


class EarlierPresence:
    """A backend that was written before places."""

    is_shared = True

    @classmethod
    def from_settings(cls, settings: LandingSettings, timing: Timing) -> Self:
        raise AssertionError("the methods are checked before")

    async def clear(self) -> None:
        """Do nothing."""

    sync = drain = snapshot = inspect = daily_salt = close = clear


def test_a_backend_without_places_is_refused_with_the_missing_method(settings: Settings) -> None:
    settings.LANDING_PRESENCE_BACKEND = f"{__name__}.EarlierPresence"

    with pytest.raises(ImproperlyConfigured, match=r"EarlierPresence lacks the methods places\."):
        factory.from_settings()


def test_both_backends_have_every_method() -> None:
    assert "places" in factory.METHODS and "from_settings" in factory.METHODS
    for backend in (MemoryPresence, RedisPresence):
        assert [name for name in factory.METHODS if not hasattr(backend, name)] == []
