"""A long read goes on after the request has stopped waiting."""

from __future__ import annotations

from threading import Event, Semaphore

from landing.admin.dashboard.background import MAX_READS, call

FOREVER = 60.0


def test_a_quick_answer_is_returned() -> None:
    assert call(lambda: "answer", FOREVER) == "answer"


def test_a_slow_read_goes_on_in_the_background() -> None:
    may_end, has_ended = Event(), Event()

    def read() -> str:
        may_end.wait(FOREVER)
        has_ended.set()
        return "late"

    assert call(read, 0) is None
    assert not has_ended.is_set()
    may_end.set()
    assert has_ended.wait(FOREVER)


def test_two_reads_run_at_once() -> None:
    may_end, has_begun, running = Event(), Event(), Semaphore(0)

    def read() -> bool:
        running.release()
        return may_end.wait(FOREVER)

    for _ in range(MAX_READS):
        assert call(read, 0) is None
        assert running.acquire(timeout=FOREVER)
    assert call(has_begun.set, 0) is None
    assert not has_begun.is_set()
    may_end.set()
    assert has_begun.wait(FOREVER)
