"""The site with one rule of the presence contract switched off, or with its signals logged.

Started by the harness instead of ``landing_site.asgi``, to show that the harness
notices. Nothing of it is in the product.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from landing.live.presence import factory
from landing.live.presence.contract import Answer, Report, Timing
from landing.live.presence.redis.backend import RedisPresence
from landing.signals import person_left
from landing_site.asgi import application
from tests.load.truth import ANNOUNCE, BREAK, LEFT, RULES

__all__ = ["application"]

ONE_DAY_MS = 24 * 3600 * 1000


def without_linger() -> None:
    """Whoever closes the last tab is gone at once."""
    _retime(lambda timing: replace(timing, linger_ms=0))


def without_reap() -> None:
    """The people of a dead worker are never taken away."""
    _retime(lambda timing: replace(timing, lease_ms=ONE_DAY_MS))


def without_resync() -> None:
    """A worker that the backend does not know is not asked to report its share."""
    sync = RedisPresence.sync

    async def never_asking(self: RedisPresence, report: Report) -> Answer:
        return replace(await sync(self, report), resync=False)

    RedisPresence.sync = never_asking  # type: ignore[method-assign]


SWITCHES = dict(zip(RULES, (without_linger, without_reap, without_resync), strict=True))


def _retime(change: Callable[[Timing], Timing]) -> None:
    of_the_settings = factory.timing
    factory.timing = lambda settings: change(of_the_settings(settings))


def _log_departure(*, visitor: str | None, user: str | None, **kwargs: Any) -> None:
    print(LEFT, visitor or "-", user or "-", file=sys.stderr, flush=True)


if BREAK in os.environ:
    SWITCHES[os.environ[BREAK]]()
if ANNOUNCE in os.environ:
    person_left.connect(_log_departure)
