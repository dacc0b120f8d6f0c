"""Messages through the group of the workers, on a real Redis."""

from __future__ import annotations

from typing import Any, cast

import pytest
from channels.layers import InMemoryChannelLayer, channel_layers
from django.core import checks

from landing.doctor import channel_layer
from landing.doctor.channel_layer import examine_channel_layer, examine_settings
from landing.doctor.finding import Status
from landing.live.sync.channel_layer import IN_MEMORY, ChannelLayer
from landing.live.sync.group import GROUP
from landing_site.environment.derived_settings import build_channel_layers
from tests.live.presence.redis_harness import create_user
from tests.services.redis import RedisServer


async def test_a_message_returns(redis_server: RedisServer, settings: Any) -> None:
    settings.CHANNEL_LAYERS = build_channel_layers(redis_server.url, "returned")
    (found,) = await examine_channel_layer(workers=0)
    assert (found.check, found.status) == ("channel-layer", Status.OK)
    assert "returned within" in found.sentence


async def test_missing_workers_are_a_warning(redis_server: RedisServer, settings: Any) -> None:
    # A prefix that no other test uses: a layer unsubscribes in the background, so that its process
    # counts for a while after its test.
    settings.CHANNEL_LAYERS = build_channel_layers(redis_server.url, "missing")
    missing, found = await examine_channel_layer(workers=2)
    assert missing.sentence == "Workers with a lease: 2; processes that receive messages: 0."
    assert found.status is Status.OK


async def test_workers_that_receive_messages_are_counted(
    redis_server: RedisServer, settings: Any
) -> None:
    settings.CHANNEL_LAYERS = build_channel_layers(redis_server.url, "counted")
    worker = cast("ChannelLayer", channel_layers.make_backend("default"))
    await worker.group_add(GROUP, await worker.new_channel())
    assert [each.status for each in await examine_channel_layer(workers=1)] == [Status.OK]
    await worker.flush()  # type: ignore[attr-defined]


async def test_a_missing_permission_is_named(redis_server: RedisServer, settings: Any) -> None:
    with redis_server.client() as client:
        url = create_user(client, "~* +@all resetchannels")
    settings.CHANNEL_LAYERS = build_channel_layers(url, "landing")
    (found,) = await examine_channel_layer(workers=1)
    assert found.status is Status.WARNING
    assert found.sentence == "Redis denies the channel layer &landing*."
    assert "Permissions in Redis" in found.remedy


class DeafLayer(InMemoryChannelLayer):  # type: ignore[misc]
    """Loses messages."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        pass


class BrokenLayer(InMemoryChannelLayer):  # type: ignore[misc]
    """Fails."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        raise RuntimeError("broken")


@pytest.mark.parametrize(
    ("name", "text"),
    [("DeafLayer", "did not return within 0.01 s"), ("BrokenLayer", "RuntimeError('broken')")],
)
async def test_a_layer_that_loses_messages_is_a_problem(
    settings: Any, name: str, text: str
) -> None:
    settings.LANDING_REDIS_TIMEOUT_SECONDS = 0.01
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": f"{__name__}.{name}"}}
    (found,) = await examine_channel_layer(workers=1)
    assert found.status is Status.PROBLEM
    assert text in found.sentence


@pytest.mark.parametrize(
    "layers", [{"default": {"BACKEND": IN_MEMORY}}, {"default": {"BACKEND": "missing.Layer"}}, {}]
)
async def test_a_layer_in_memory_is_a_problem(settings: Any, layers: dict[str, Any]) -> None:
    settings.CHANNEL_LAYERS = layers
    (found,) = await examine_channel_layer(workers=1)
    assert (found.check, found.status) == ("channel-layer", Status.PROBLEM)
    assert "no message reaches other workers" in found.sentence


def test_system_checks_are_findings(settings: Any) -> None:
    settings.LANDING_HEARTBEAT_SECONDS = -1.0
    settings.REDIS_URL = "redis://localhost:1/0"
    found = {each.check: each for each in examine_settings()}
    assert found["landing.W102"].status is Status.WARNING
    assert "LANDING_HEARTBEAT_SECONDS" in " ".join(
        each.sentence for each in found.values() if each.status is Status.PROBLEM
    )
    assert all(each.remedy for each in found.values())
    assert channel_layer.ATTEMPTS > 1


def test_an_information_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is about a choice of the project, such as having no middleware."""
    information = checks.Info("Equal browsers count as one person.", id="landing.I301")
    monkeypatch.setattr(checks, "run_checks", lambda **options: [information])

    assert [each.status for each in examine_settings()] == [Status.OK]
