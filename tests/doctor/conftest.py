"""A deployment on a real Redis, and recounts without pauses."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from landing.doctor import recount
from tests.doctor.deployment import Deployment
from tests.live.presence.redis_harness import RedisHarness
from tests.services.redis import RedisServer


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recount, "PAUSE_SECONDS", 0)


@pytest.fixture
async def deployment(redis_server: RedisServer) -> AsyncIterator[Deployment]:
    harness = RedisHarness(redis_server.url)
    deployment = Deployment(harness)
    await deployment.fill()
    yield deployment
    await harness.close()
