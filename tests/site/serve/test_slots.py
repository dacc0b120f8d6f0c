"""A worker slot never gives up."""

from __future__ import annotations

from itertools import pairwise

import pytest

from landing_site.serve.slots import PAUSES_SECONDS, Slot
from landing_site.serve.supervisor import CHECK_SECONDS

CHECKS = 1000


async def test_a_worker_that_the_system_refuses_is_tried_again_without_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_seconds = 0.0
    attempts: list[float] = []

    def refuse(*arguments: object, **options: object) -> None:
        attempts.append(now_seconds)
        raise OSError("Cannot allocate memory")

    monkeypatch.setattr(Slot, "_process_class", refuse)
    slot = Slot(0, {}, clock=lambda: now_seconds)
    slot._status = "active"
    for _ in range(CHECKS):
        await slot.manage_processes()
        now_seconds += CHECK_SECONDS

    pauses = [after - before for before, after in pairwise(attempts)]
    assert slot.is_active()
    assert slot.failures == len(attempts)
    assert max(pauses) < PAUSES_SECONDS[-1] + 2 * CHECK_SECONDS
    assert attempts[-1] > now_seconds - 2 * PAUSES_SECONDS[-1]
