"""The site with one rule of the presence contract turned off, or with a log of its signals.

The harness starts this module instead of ``landing_site.asgi``. Its tests prove that the harness
detects a broken rule. The product does not contain this code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from landing.live.presence import factory
from landing.live.presence.contract import Answer, Key, Report, Timing
from landing.live.presence.redis.backend import RedisPresence
from landing.signals import person_left
from landing_site.asgi import application
from tests.load.truth import ANNOUNCE, BREAK, LEFT, RULES

__all__ = ["application"]

ONE_DAY_MS = 24 * 3600 * 1000


def without_linger() -> None:
    """Remove the grace period: closing the last tab takes effect immediately."""
    _retime(lambda timing: replace(timing, linger_ms=0))


def without_reap() -> None:
    """Never remove the people of a dead worker."""
    _retime(lambda timing: replace(timing, lease_ms=ONE_DAY_MS))


def without_resync() -> None:
    """Never request a resync from a worker that the backend does not know."""
    sync = RedisPresence.sync

    async def sync_without_resync(self: RedisPresence, report: Report) -> Answer:
        answer = await sync(self, report)
        return replace(answer, lease=replace(answer.lease, resync=False))

    RedisPresence.sync = sync_without_resync  # type: ignore[method-assign]


def without_moves() -> None:
    """Report each person at the place that the worker knew first."""
    sync, first_places = RedisPresence.sync, dict[Key, str]()

    async def sync_without_moves(self: RedisPresence, report: Report) -> Answer:
        changes = tuple(
            change._replace(place=first_places.setdefault(change.key, change.place))
            if change.present
            else change
            for change in report.changes
        )
        return await sync(self, replace(report, changes=changes))

    RedisPresence.sync = sync_without_moves  # type: ignore[method-assign]


SWITCHES = dict(
    zip(RULES, (without_linger, without_reap, without_resync, without_moves), strict=True)
)


def _retime(change: Callable[[Timing], Timing]) -> None:
    of_the_settings = factory.timing
    factory.timing = lambda settings: change(of_the_settings(settings))


def _log_departure(*, visitor: str | None, user: str | None, **kwargs: Any) -> None:
    print(LEFT, visitor or "-", user or "-", file=sys.stderr, flush=True)


if BREAK in os.environ:
    SWITCHES[os.environ[BREAK]]()
if ANNOUNCE in os.environ:
    person_left.connect(_log_departure)
