"""Which backend a process uses."""

from __future__ import annotations

from pytest_django.fixtures import Settings

from landing.live.presence import factory
from landing.live.presence.contract import Report, Timing
from landing.live.presence.memory.backend import MemoryPresence
from landing.live.presence.redis.backend import RedisPresence
from tests.services.redis import RedisServer


def test_without_redis_presence_is_in_process(settings: Settings) -> None:
    settings.REDIS_URL = ""
    assert isinstance(factory.from_settings(), MemoryPresence)
    assert not factory.is_shared()


async def test_with_redis_presence_is_shared_under_the_prefix(
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


def test_durations_are_those_of_the_settings_in_ms(settings: Settings) -> None:
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
