"""Read a value that a dependency may never return, for threads that must not wait for it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from .outage import Outage

#: The longest wait of a caller for a read. Other callers of the same read wait no longer.
WAIT_SECONDS = 1.0
#: The same, after a read that failed.
OUTAGE_WAIT_SECONDS = 0.1
#: Pause after a read that failed; meanwhile, callers get the last value at once.
PAUSE_SECONDS = 1.0

T = TypeVar("T")


class Reading(NamedTuple, Generic[T]):
    """The newest known value, None before the first one, and whether it was read just now."""

    value: T | None
    is_fresh: bool


class _Attempt:
    """One read, in its own thread; ``wait_until`` is when its callers stop waiting."""

    def __init__(self, wait_until: float) -> None:
        self.wait_until = wait_until
        self.has_ended = threading.Event()
        self.is_successful = False


class BackgroundRead(Generic[T]):
    """One read at a time, shared by the threads of a process. ``clock`` is monotonic, in seconds.

    A read that raises ``error`` starts an outage. A value of None leaves the last one as it is.
    """

    def __init__(
        self,
        error: type[Exception],
        outage: Outage,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._error = error
        self._outage = outage
        self._clock = clock
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
        wait_seconds = OUTAGE_WAIT_SECONDS if self._outage.is_active else WAIT_SECONDS
        self._attempt = _Attempt(now + wait_seconds)
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
            attempt.has_ended.set()
