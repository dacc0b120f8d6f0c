"""A real worker whose user loses a permission while it serves: one line that names it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

import pytest
from channels.layers import channel_layers

from landing.asgi.worker_parts import build_worker
from landing.conf import LandingSettings
from landing.live.presence.factory import timing
from landing.live.presence.redis.backend import RedisPresence
from landing.live.sync import channel_layer_check, group
from landing.live.sync.channel_layer import ChannelLayer
from landing.live.worker import Worker
from landing_site.environment.derived_settings import build_channel_layers
from tests.live.presence.redis_harness import create_user
from tests.live.waiting import wait_until
from tests.services.redis import RedisServer

eventually = partial(wait_until, timeout_seconds=60.0)
SETTINGS = LandingSettings(LANDING_HEARTBEAT_SECONDS=0.2)
RULES = "~{landing}:* resetchannels &landing* +@all -@admin -@dangerous +info"


@asynccontextmanager
async def serving(url: str, settings: Any) -> AsyncIterator[Worker]:
    """Run a worker whose presence and channel layer use this URL."""
    settings.CHANNEL_LAYERS = build_channel_layers(url, "landing")
    layer = cast("ChannelLayer", channel_layers.make_backend("default"))
    presence = RedisPresence(url, "landing", timing(SETTINGS), 30)
    worker = build_worker(
        presence, layer, SETTINGS, find_channel_problem=channel_layer_check.find_problem
    )
    await worker.start(timeout_seconds=30)
    await eventually(lambda: worker.parts.group._membership)
    yield worker
    await worker.stop()
    await layer.flush()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("rules", "named"), [("-evalsha", "evalsha"), ("-hset", "presence needs"), ("resetkeys", "key")]
)
async def test_a_lost_permission_of_presence_is_logged_once(
    redis_server: RedisServer,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
    rules: str,
    named: str,
) -> None:
    caplog.set_level(logging.WARNING, "landing.live.sync.loop")
    with redis_server.client() as client:
        async with serving(create_user(client, RULES), settings) as worker:
            client.execute_command("ACL SETUSER", "limited", rules)
            schedule = worker.parts.sync._schedule
            await eventually(lambda: schedule.is_failing)
            await eventually(lambda: schedule._backoff._failures > 2)
            client.execute_command("ACL SETUSER", "limited", *RULES.split()[:1], "+@all")
            await eventually(lambda: not schedule.is_failing)
    denied = [each for each in caplog.messages if "denies the user" in each]
    assert len(denied) == 1 and named in denied[0]


async def test_a_lost_permission_to_subscribe_is_logged_once(
    redis_server: RedisServer,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(group, "ECHO_SECONDS", 0.2)
    monkeypatch.setattr(group, "RETRY_SECONDS", 0.05)
    with redis_server.client() as client:
        async with serving(create_user(client, RULES), settings) as worker:
            client.execute_command("ACL SETUSER", "limited", "-subscribe")
            client.execute_command("CLIENT KILL TYPE pubsub")
            async with asyncio.timeout(60):
                while not any("+subscribe" in each for each in caplog.messages):
                    await worker.parts.group.publish_snapshot("epoch", None)
                    await asyncio.sleep(0.05)
            client.execute_command("ACL SETUSER", "limited", "+subscribe")
            await eventually(lambda: worker.parts.group._membership)
    named = [each for each in caplog.messages if "denies the channel layer +subscribe" in each]
    assert len(named) == 1
    assert not [each for each in caplog.records if each.exc_info]
