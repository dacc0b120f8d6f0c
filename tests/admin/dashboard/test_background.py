"""A long read goes on after the request has stopped waiting."""

from __future__ import annotations

from threading import Event, Semaphore

import pytest

from landing.admin.dashboard.background import MAX_CALLS, MAX_READS, call

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


def test_too_many_reads_are_not_begun() -> None:
    may_end, has_ended = Event(), Semaphore(0)

    def read() -> None:
        may_end.wait(FOREVER)
        has_ended.release()

    for _ in range(MAX_CALLS + 1):
        assert call(read, 0) is None
    may_end.set()

    assert all(has_ended.acquire(timeout=FOREVER) for _ in range(MAX_CALLS))
    assert not has_ended.acquire(blocking=False)


def test_an_error_reaches_the_request_and_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        call(fail, FOREVER)
    assert "Reading the dashboard failed" in caplog.text
