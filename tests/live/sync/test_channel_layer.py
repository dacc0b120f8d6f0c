"""A worker gets a channel layer, whatever ``CHANNEL_LAYERS`` has."""

from __future__ import annotations

from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer, channel_layers
from channels_redis.pubsub import RedisPubSubChannelLayer
from pytest_django import Settings

from landing import conf
from landing.live.sync.channel_layer import open_layer, uses_project_layer

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


@pytest.fixture
def _host(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Read the settings of a host, which has a layer in Redis for its own consumers."""
    monkeypatch.setattr(conf, "LABEL", "live_user_counter")
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": PUBSUB, "CONFIG": {"prefix": "host"}}}


@pytest.mark.usefixtures("_host")
def test_in_a_host_without_redis_messages_stay_in_the_process(settings: Settings) -> None:
    """Other processes of the host count their own people, so they must not send their counts."""
    settings.LIVE_USER_COUNTER = {}

    assert not uses_project_layer()
    assert isinstance(open_layer(), InMemoryChannelLayer)


@pytest.mark.usefixtures("_host")
async def test_in_a_host_with_redis_the_app_has_a_layer_of_its_own(settings: Settings) -> None:
    settings.LIVE_USER_COUNTER = {"REDIS_URL": "redis://localhost/3", "REDIS_PREFIX": "live"}

    layer = open_layer()

    assert isinstance(layer, RedisPubSubChannelLayer)
    assert layer.prefix == "live"
    assert open_layer() is layer


@pytest.mark.usefixtures("_host")
def test_in_a_host_a_shared_backend_without_redis_uses_the_layer_of_the_host(
    settings: Settings,
) -> None:
    backend = "tests.live.presence.test_factory.FilePresence"
    settings.LIVE_USER_COUNTER = {"PRESENCE_BACKEND": backend}

    assert uses_project_layer()
    assert open_layer() is channel_layers["default"]


@pytest.mark.usefixtures("_host")
def test_in_a_host_a_backend_that_does_not_exist_is_one_of_the_process(settings: Settings) -> None:
    settings.LIVE_USER_COUNTER = {"PRESENCE_BACKEND": "nowhere.Presence"}

    assert not uses_project_layer()
