"""A worker slot never gives up."""

from __future__ import annotations

import signal
from itertools import pairwise

import pytest

from landing_site.serve.slots import PAUSES_SECONDS, SUCCESSOR_SIGNAL, Slot
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


class FakeProcess:
    """A process that ends at the first signal to end."""

    pid = 7
    stopping = False

    def __init__(self, *, is_alive: bool = True) -> None:
        self.running = is_alive
        self.signals: list[int] = []

    def is_alive(self) -> bool:
        return self.running

    def send_signal(self, number: int) -> None:
        self.signals.append(number)
        self.running = number != signal.SIGTERM

    def stop(self) -> None:
        self.running = False


@pytest.mark.parametrize(
    ("is_alive", "signals"), [(True, [SUCCESSOR_SIGNAL, signal.SIGTERM]), (False, [signal.SIGTERM])]
)
async def test_a_worker_learns_of_its_successor_before_it_stops(
    is_alive: bool, signals: list[int]
) -> None:
    slot, process = Slot(0, {}), FakeProcess(is_alive=is_alive)
    slot.processes[process.pid] = process
    await slot.replace(process)
    assert process.signals == signals
    assert not slot.processes


async def test_a_worker_without_a_successor_only_stops() -> None:
    slot, process = Slot(0, {}), FakeProcess()
    slot.processes[process.pid] = process
    await slot.end(process)
    assert process.signals == [signal.SIGTERM]
