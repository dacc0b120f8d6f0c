"""Reads that may hang: how long callers wait, and what they get."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from landing.resilience import background_read
from landing.resilience.background_read import BackgroundRead, Patience, Reading
from landing.resilience.outage import Outage

PATIENT_SECONDS = 30.0


class Source:
    """A dependency that answers, fails, or hangs until the test releases it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.reads = 0
        self.answer: int | Exception | None = 1
        self.is_answering = threading.Event()
        self.is_answering.set()
        outage = Outage(logging.getLogger("landing.test"), "Reading", "the last value is shown")
        self.background: BackgroundRead[int] = BackgroundRead(OSError, outage, lambda: self.now)

    def read(self) -> int | None:
        self.reads += 1
        self.is_answering.wait(PATIENT_SECONDS)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def get(self) -> Reading[int]:
        return self.background.get(self.read)

    def finish_read(self) -> None:
        """Let the read in progress end."""
        self.is_answering.set()
        attempt = self.background._attempt
        assert attempt is not None and attempt.has_ended.wait(PATIENT_SECONDS)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let callers wait until an answer, so that a slow machine does not matter."""
    monkeypatch.setattr(background_read, "WAIT_SECONDS", PATIENT_SECONDS)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no caller wait, so that a source that hangs costs the test no time."""
    monkeypatch.setattr(background_read, "WAIT_SECONDS", 0.0)


@pytest.fixture
def source() -> Iterator[Source]:
    source = Source()
    yield source
    source.is_answering.set()


@pytest.mark.usefixtures("patient")
class TestAnswers:
    def test_each_call_reads_again(self, source: Source) -> None:
        assert source.get() == (1, True)
        source.answer = 2
        assert source.get() == (2, True)

    def test_an_unknown_value_leaves_the_last_one(self, source: Source) -> None:
        assert source.get() == (1, True)
        source.answer = None
        assert source.get() == (1, False)

    def test_a_failure_gives_the_last_value_and_pauses_the_reads(
        self, source: Source, caplog: pytest.LogCaptureFixture
    ) -> None:
        source.get()
        source.answer = OSError("refused")
        assert source.get() == (1, False)
        assert [source.get() for _ in range(9)] == 9 * [(1, False)]
        assert source.reads == 2, "one read failed, and no other followed"
        assert len(caplog.records) == 1
        source.now += background_read.PAUSE_SECONDS
        source.answer = 3
        assert source.get() == (3, True)
        assert len(caplog.records) == 2, "one line for the outage and one for the recovery"


@pytest.mark.usefixtures("impatient")
class TestHanging:
    def test_callers_share_one_read_and_get_the_last_value(self, source: Source) -> None:
        source.background._last = 7
        source.is_answering.clear()
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda _: source.get(), range(40)))
        assert found == 40 * [(7, False)]
        assert source.reads == 1

    def test_after_an_answer_the_next_call_has_it(
        self, source: Source, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source.is_answering.clear()
        assert source.get() == (None, False)
        source.finish_read()
        monkeypatch.setattr(background_read, "WAIT_SECONDS", PATIENT_SECONDS)
        source.answer = 5
        assert source.get() == (5, True)

    def test_no_caller_waits_longer_than_the_first(self, source: Source) -> None:
        source.is_answering.clear()
        source.get()
        attempt = source.background._attempt
        assert attempt is not None
        waits: list[float | None] = []
        attempt.has_ended = RecordingEvent(waits.append)
        background_read_seconds = 1.0
        attempt.wait_until = source.now + background_read_seconds
        source.now += 0.25
        source.get()
        source.now += 5
        source.get()
        assert waits == [0.75, 0.0]


class RecordingEvent(threading.Event):
    """An event that never comes, and records how long callers would have waited."""

    def __init__(self, record: Callable[[float | None], None]) -> None:
        super().__init__()
        self._record = record

    def wait(self, timeout: float | None = None) -> bool:
        self._record(timeout)
        return False


@pytest.mark.usefixtures("patient")
def test_a_forked_process_starts_its_own_read(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_read, "WAIT_SECONDS", 0.0)
    source.is_answering.clear()
    source.get()
    source.is_answering.set()
    monkeypatch.setattr(background_read, "WAIT_SECONDS", PATIENT_SECONDS)
    monkeypatch.setattr(background_read.os, "getpid", lambda: -1)
    source.answer = 4
    assert source.get() == (4, True)
    assert source.reads == 2


class TestPatience:
    """Reads of one dependency, which hangs."""

    def test_a_page_waits_for_one_of_its_reads_only(self) -> None:
        patience = Patience()
        first = patience.begin(100.0)
        assert first.wait_until == 100.0 + background_read.WAIT_SECONDS
        second = patience.begin(first.wait_until)
        assert second.wait_until == second.started_at

    def test_reads_that_run_at_the_same_time_have_the_same_wait(self) -> None:
        patience = Patience()
        assert patience.begin(100.0).wait_until == patience.begin(100.0).wait_until

    def test_after_a_read_that_was_slow_nobody_waits_until_one_is_not(self) -> None:
        patience = Patience()
        now = 100.0
        for _ in range(2):
            hung = patience.begin(now)
            now += 4.0
            patience.end(hung, now)
            assert patience.begin(now).wait_until == now
        patience = Patience()
        patience.end(patience.begin(now), now + 4.0)
        quick = patience.begin(now + 5.0)
        patience.end(quick, now + 5.1)
        assert patience.begin(now + 6.0).wait_until > now + 6.0

    def test_a_read_that_fails_at_once_costs_no_patience(self) -> None:
        patience = Patience()
        patience.end(patience.begin(100.0), 100.0)
        assert patience.begin(101.0).wait_until > 101.0

    def test_a_forked_process_has_its_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        patience = Patience()
        patience.begin(100.0)
        monkeypatch.setattr(background_read.os, "getpid", lambda: -1)
        assert patience.begin(200.0).wait_until > 200.0
