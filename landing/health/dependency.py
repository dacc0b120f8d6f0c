"""One dependency that probes ask about: its state, checked in a thread every few seconds.

Probes arrive as often as a load balancer likes, and a dependency may hang. So a check runs at
most once per interval, whatever the number of probes, and no probe waits long for it. A check
whose answer never comes is replaced by a new one, and its late result is ignored.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from threading import Event, Lock, Thread
from typing import NamedTuple

from ..dates import utc_now
from ..resilience.counted_log import CountedLog

logger = logging.getLogger(__name__)

#: Minimum time between two checks of one dependency, unless it has its own.
REFRESH_SECONDS = 2.0
#: A check that takes longer counts as failed. Kubernetes' default timeout of a probe is 1 s.
TIMEOUT_SECONDS = 0.8
TOO_SLOW = "does not answer in time"
#: A check that takes longer is replaced: the dependency may work again, but lost its request.
REPLACE_SECONDS = 3.0
#: Threads of one dependency, with those of replaced checks that still hang.
MAX_THREADS = 4


class Failure(NamedTuple):
    """A failing dependency: its name, the problem, and when it began."""

    name: str
    problem: str
    since: datetime


class _Check:
    """One check, from its start."""

    def __init__(self, started_at: float) -> None:
        self.started_at = started_at
        self.ended = Event()


class Dependency:
    """A dependency and the result of its last check. Thread-safe.

    ``find_problem`` blocks, and returns a few words without secrets, or None. It runs at most
    once per ``refresh_seconds``. ``clock`` is monotonic, in seconds.
    """

    def __init__(
        self,
        name: str,
        find_problem: Callable[[], str | None],
        *,
        refresh_seconds: float = REFRESH_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.name = name
        self.failure: Failure | None = None
        self._find_problem = find_problem
        self._refresh_seconds = refresh_seconds
        self._clock = clock
        self._now = now
        self._log = CountedLog(logger, clock)
        self._due_at = -1e9
        #: guards everything below, and the result
        self._lock = Lock()
        self._newest: _Check | None = None
        self._threads = 0

    @property
    def is_due(self) -> bool:
        """Whether the last result is too old."""
        return self._clock() >= self._due_at

    def start_check(self) -> None:
        """Start a check in a thread if one is due, unless another is running and not too old."""
        with self._lock:
            if self._threads < MAX_THREADS and self._needs_check():
                self._newest = _Check(self._clock())
                self._threads += 1
                Thread(target=self._run, args=(self._newest,), daemon=True).start()

    def wait(self, timeout_seconds: float) -> None:
        """Wait for the newest check. One that takes longer is a failure until it ends."""
        check = self._newest
        if check is None or check.ended.wait(timeout_seconds):
            return
        with self._lock:
            # It may have ended, or been replaced, since the timeout.
            if check is self._newest and not check.ended.is_set():
                self._record(TOO_SLOW)

    def _needs_check(self) -> bool:
        if self._newest is None or self._newest.ended.is_set():
            return self.is_due
        return self._clock() - self._newest.started_at >= REPLACE_SECONDS

    def _run(self, check: _Check) -> None:
        try:
            problem = self._find_problem()
        except Exception as error:  # noqa: BLE001  a bug must not end the checks
            self._log.report(error, "The health check of %s failed", self.name)
            problem = "could not be checked"
        with self._lock:
            self._threads -= 1
            if check is self._newest:
                self._record(problem)
            check.ended.set()

    def _record(self, problem: str | None) -> None:
        self._due_at = self._clock() + self._refresh_seconds
        if problem is None:
            self.failure = None
        elif self.failure is None:
            self.failure = Failure(self.name, problem, self._now())
        else:
            self.failure = self.failure._replace(problem=problem)
