"""A long read goes on after the request has stopped waiting."""

from __future__ import annotations

from threading import Event

from landing.admin.dashboard.background import call

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
