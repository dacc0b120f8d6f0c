"""The daily salts that all workers share."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from landing.live.presence.contract import PresenceError, Timing
from landing.live.presence.memory.backend import MemoryPresence
from landing.live.presence.redis.backend import RedisPresence
from landing.live.sync.salts import SharedSalts
from landing.visitors import daily_salt, identity
from landing.visitors.daily_salt import DailySalt
from tests.live.worker_harness import WorkerHarness

TODAY = date(2026, 1, 31)


class RecordingSalt(DailySalt):
    """The salts of one process. Records the days of installed salts."""

    def __init__(self) -> None:
        super().__init__(today=lambda: TODAY)
        self.days: list[str] = []

    def install(self, day: str, salt: bytes) -> None:
        self.days.append(day)
        super().install(day, salt)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> RecordingSalt:
    salts = RecordingSalt()
    monkeypatch.setattr(daily_salt, "daily_salt", salts)
    return salts


async def test_the_salts_of_today_and_tomorrow_are_installed_once_per_day(
    installed: RecordingSalt,
) -> None:
    today = [TODAY]
    salts = SharedSalts(MemoryPresence(Timing()), today=lambda: today[0])
    await salts.refresh()
    await salts.refresh()
    assert installed.days == ["2026-01-31", "2026-02-01"]
    today[0] += timedelta(days=1)
    await salts.refresh()
    assert installed.days[2:] == ["2026-02-01", "2026-02-02"]


async def test_the_salts_are_fetched_again_after_an_outage(
    installed: RecordingSalt, monkeypatch: pytest.MonkeyPatch
) -> None:
    presence = MemoryPresence(Timing())
    fetch = presence.daily_salt

    async def refuse(day: str) -> bytes:
        raise PresenceError("connection refused")

    salts = SharedSalts(presence, today=lambda: TODAY)
    monkeypatch.setattr(presence, "daily_salt", refuse)
    await salts.refresh()
    assert installed.days == []
    monkeypatch.setattr(presence, "daily_salt", fetch)
    await salts.refresh()
    assert len(installed.days) == 2


async def test_a_browser_without_cookies_is_the_same_visitor_in_two_processes(
    redis_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitors = set()
    for _ in range(2):
        salt = RecordingSalt()
        monkeypatch.setattr(daily_salt, "daily_salt", salt)
        presence = RedisPresence(redis_server.url, "landing", Timing(), 4.0)
        await SharedSalts(presence, today=lambda: TODAY).refresh()
        await presence.close()
        visitors.add(identity.derive_visitor("192.0.2.1", "browser", salt.current()))
    assert len(visitors) == 1


@pytest.fixture
def worker_salts(monkeypatch: pytest.MonkeyPatch) -> DailySalt:
    salts = DailySalt()
    monkeypatch.setattr(daily_salt, "daily_salt", salts)
    return salts


async def test_a_worker_installs_the_shared_salt_with_its_first_sync(
    harness: WorkerHarness, worker_salts: DailySalt
) -> None:
    await harness.run_due_steps()
    today = datetime.now(UTC).date().isoformat()
    shared = await harness.presence.daily_salt(today)
    assert worker_salts.current() == daily_salt.derive_salt(shared)
