"""Read a value that a dependency may never return, for threads that must not wait for it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from .outage import Outage

#: The longest wait of a caller for a read. Other callers of the same read wait no longer.
WAIT_SECONDS = 0.5
#: Pause after a read that failed; meanwhile, callers get the last value at once.
PAUSE_SECONDS = 1.0

T = TypeVar("T")


class Reading(NamedTuple, Generic[T]):
    """The newest known value, None before the first one, and whether it was read just now."""

    value: T | None
    is_fresh: bool


class _Attempt:
    """One read, in its own thread; ``wait_until`` is when its callers stop waiting."""

    def __init__(self, started_at: float, wait_seconds: float) -> None:
        self.started_at = started_at
        self.wait_until = started_at + wait_seconds
        self.has_ended = threading.Event()
        self.is_successful = False


class Patience:
    """How long callers wait for one dependency, which several reads may share.

    Once a read takes longer than :data:`WAIT_SECONDS`, nobody waits for the dependency until a read
    ends sooner. So a page with several reads waits for one of them only. Thread-safe.
    """

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._running: set[_Attempt] = set()
        self._is_slow = False

    def begin(self, now: float) -> _Attempt:
        """Return a new attempt, with the wait of its callers."""
        if self._pid != os.getpid():
            self._reset()  # threads do not survive a fork
        with self._lock:
            is_overdue = any(each.wait_until <= now for each in self._running)
            attempt = _Attempt(now, 0.0 if self._is_slow or is_overdue else WAIT_SECONDS)
            self._running.add(attempt)
            return attempt

    def end(self, attempt: _Attempt, now: float) -> None:
        """Note that an attempt has ended, with or without success."""
        with self._lock:
            self._running.discard(attempt)
            self._is_slow = now - attempt.started_at > WAIT_SECONDS


class BackgroundRead(Generic[T]):
    """One read at a time, shared by the threads of a process. ``clock`` is monotonic, in seconds.

    A read that raises ``error`` starts an outage. A value of None leaves the last one as it is.
    Reads of the same dependency share their ``patience``.
    """

    def __init__(
        self,
        error: type[Exception],
        outage: Outage,
        clock: Callable[[], float] = time.monotonic,
        patience: Patience | None = None,
    ) -> None:
        self._error = error
        self._outage = outage
        self._clock = clock
        self._patience = patience or Patience()
        self._lock = threading.Lock()
        self._reset()

    def get(self, read: Callable[[], T | None]) -> Reading[T]:
        """Return what ``read`` returns in a thread, or the last value if that takes too long."""
        with self._lock:
            if self._pid != os.getpid():
                self._reset()  # threads do not survive a fork
            attempt = self._join(read)
        if attempt is None:
            return Reading(self._last, False)
        attempt.has_ended.wait(max(0.0, attempt.wait_until - self._clock()))
        return Reading(self._last, attempt.is_successful)

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._attempt: _Attempt | None = None
        self._paused_until = 0.0
        self._last: T | None = None

    def _join(self, read: Callable[[], T | None]) -> _Attempt | None:
        """Return the read in progress, or a new one; None during a pause."""
        if self._attempt is not None and not self._attempt.has_ended.is_set():
            return self._attempt
        now = self._clock()
        if now < self._paused_until:
            return None
        self._attempt = self._patience.begin(now)
        threading.Thread(target=self._run, args=(self._attempt, read), daemon=True).start()
        return self._attempt

    def _run(self, attempt: _Attempt, read: Callable[[], T | None]) -> None:
        try:
            value = read()
        except self._error as error:
            self._paused_until = self._clock() + PAUSE_SECONDS
            self._outage.record_failure(error)
        else:
            self._last = self._last if value is None else value
            attempt.is_successful = value is not None
            self._outage.record_success()
        finally:
            self._patience.end(attempt, self._clock())
            attempt.has_ended.set()
