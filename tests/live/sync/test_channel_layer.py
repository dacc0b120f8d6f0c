"""A worker gets a channel layer, whatever ``CHANNEL_LAYERS`` has."""

from __future__ import annotations

from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer
from pytest_django import Settings

from landing.live.sync.channel_layer import open_layer

PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"


def test_the_layer_is_that_of_the_settings(settings: Settings) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": PUBSUB}}
    assert isinstance(open_layer(), RedisPubSubChannelLayer)


@pytest.mark.parametrize("layers", [{}, {"other": {"BACKEND": PUBSUB}}])
def test_without_a_default_layer_messages_stay_in_the_process(
    layers: dict[str, Any], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CHANNEL_LAYERS = layers
    assert isinstance(open_layer(), InMemoryChannelLayer)
    assert not caplog.records


@pytest.mark.parametrize(
    "layer",
    [
        {"BACKEND": "no.such.Layer"},
        {"BACKEND": "channels_redis.core.NoSuchLayer"},
        {},
        PUBSUB,
        {"BACKEND": PUBSUB, "CONFIG": {"symmetric_encryption_keys": "not a list"}},
        {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": "redis://a"}},
        {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"no_such_option": 1}},
    ],
)
def test_a_layer_that_cannot_be_built_is_one_line(
    layer: Any, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CHANNEL_LAYERS = {"default": layer}
    assert isinstance(open_layer(), InMemoryChannelLayer)
    (record,) = caplog.records
    assert "CHANNEL_LAYERS" in record.message


@pytest.mark.parametrize("layers", [None, "redis", []])
def test_settings_of_another_type_leave_the_messages_in_the_process(
    layers: Any, settings: Settings
) -> None:
    settings.CHANNEL_LAYERS = layers
    assert isinstance(open_layer(), InMemoryChannelLayer)


async def test_without_channel_layers_a_url_of_redis_is_enough(settings: Settings) -> None:
    settings.CHANNEL_LAYERS = {"other": {"BACKEND": PUBSUB}}
    settings.REDIS_URL = "redis://localhost/3"
    settings.LANDING_REDIS_PREFIX = "shop"

    layer = open_layer()

    assert isinstance(layer, RedisPubSubChannelLayer)
    assert layer.prefix == "shop"


def test_without_channel_layers_and_redis_the_layer_is_in_memory(settings: Settings) -> None:
    del settings.CHANNEL_LAYERS
    settings.REDIS_URL = ""

    assert isinstance(open_layer(), InMemoryChannelLayer)
