"""The trial of the channel layer's publish and subscribe path on a real Redis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from landing.live.sync import channel_layer_check
from landing_site.environment.derived_settings import build_channel_layers
from tests.live.presence.answering_server import answering
from tests.live.presence.redis_harness import create_user
from tests.services.ports import HOST, free_port
from tests.services.redis import RedisServer


@pytest.fixture
def limit(redis_server: RedisServer, settings: Any) -> Callable[[str], None]:
    """Return a function that lets the channel layer use a user with these rules."""

    def set_layer(rules: str) -> None:
        with redis_server.client() as client:
            url = create_user(client, f"~* +@all {rules}")
        settings.CHANNEL_LAYERS = build_channel_layers(url, "landing")

    return set_layer


@pytest.mark.parametrize(
    "rules", ["allchannels", "resetchannels &landing*", "resetchannels &landing* -ping"]
)
async def test_a_layer_that_receives_its_own_message_has_no_problem(
    limit: Callable[[str], None], rules: str
) -> None:
    limit(rules)
    assert await channel_layer_check.find_problem() is None


@pytest.mark.parametrize(
    ("rules", "missing"),
    [
        ("resetchannels", "&landing*"),
        ("resetchannels &other*", "&landing*"),
        ("resetchannels &landingspecific.*", "&landing*"),
        ("resetchannels &landing__group__landing.live", "&landing*"),
        ("allchannels -subscribe", "+subscribe"),
        ("allchannels -publish", "+publish"),
        ("allchannels -@pubsub", "+subscribe"),
    ],
)
async def test_a_missing_permission_is_named(
    limit: Callable[[str], None], rules: str, missing: str
) -> None:
    limit(rules)
    problem = await channel_layer_check.find_problem()
    assert str(problem) == f"Redis denies the channel layer {missing}"


async def test_an_unreachable_redis_is_a_problem(settings: Any) -> None:
    settings.CHANNEL_LAYERS = build_channel_layers(f"redis://{HOST}:{free_port()}/0", "landing")
    assert "cannot be reached" in str(await channel_layer_check.find_problem())


async def test_a_proxy_without_pubsub_is_a_problem(settings: Any) -> None:
    with answering(b"-ERR unknown command 'subscribe'\r\n") as port:
        settings.CHANNEL_LAYERS = build_channel_layers(f"redis://{HOST}:{port}/0", "landing")
        assert "The channel layer does not work" in str(await channel_layer_check.find_problem())


async def test_a_redis_that_hangs_is_a_problem(redis_server: RedisServer, settings: Any) -> None:
    settings.CHANNEL_LAYERS = build_channel_layers(redis_server.url, "landing")
    settings.LANDING_REDIS_TIMEOUT_SECONDS = 0.1
    redis_server.pause()
    try:
        assert "did not answer in time" in str(await channel_layer_check.find_problem())
    finally:
        redis_server.resume()


@pytest.mark.parametrize("layer", ["channels.layers.InMemoryChannelLayer", "own.Layer"])
async def test_other_layers_are_not_tried(settings: Any, layer: str) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": layer}}
    assert await channel_layer_check.find_problem() is None
