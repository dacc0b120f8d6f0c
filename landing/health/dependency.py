"""One dependency that probes ask about: its state, checked in a thread every few seconds.

Probes arrive as often as a load balancer likes, and a dependency may hang. So a check runs at
most once per interval, whatever the number of probes, and no probe waits long for it.
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

#: Minimum time between two checks of one dependency.
REFRESH_SECONDS = 5.0
#: A check that takes longer counts as failed. Kubernetes' default timeout of a probe is 1 s.
TIMEOUT_SECONDS = 0.8
TOO_SLOW = "does not answer in time"


class Failure(NamedTuple):
    """A failing dependency: its name, the problem, and when it began."""

    name: str
    problem: str
    since: datetime


class Dependency:
    """A dependency and the result of its last check.

    ``find_problem`` blocks, and returns a few words without secrets, or None. ``clock`` is
    monotonic, in seconds.
    """

    def __init__(
        self,
        name: str,
        find_problem: Callable[[], str | None],
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.failure: Failure | None = None
        self._name = name
        self._find_problem = find_problem
        self._clock = clock
        self._now = now
        self._log = CountedLog(logger, clock)
        self._due_at = -1e9
        self._starting = Lock()
        #: set when the last check has ended
        self._ended = Event()
        self._ended.set()

    @property
    def is_due(self) -> bool:
        """Whether the last result is too old."""
        return self._clock() >= self._due_at

    def start_check(self) -> None:
        """Start a check in a thread if one is due and none is running."""
        with self._starting:
            if self._ended.is_set() and self.is_due:
                self._ended.clear()
                Thread(target=self._check, daemon=True).start()

    def wait(self, timeout_seconds: float) -> None:
        """Wait for a running check. One that takes longer is a failure until it ends."""
        if not self._ended.wait(timeout_seconds):
            self._record(TOO_SLOW)

    def _check(self) -> None:
        try:
            self._record(self._find_problem())
        except Exception as error:  # noqa: BLE001  a bug must not end the checks
            self._log.report(error, "The health check of %s failed", self._name)
            self._record("could not be checked")
        finally:
            self._ended.set()

    def _record(self, problem: str | None) -> None:
        self._due_at = self._clock() + REFRESH_SECONDS
        if problem is None:
            self.failure = None
        elif self.failure is None:
            self.failure = Failure(self._name, problem, self._now())
        else:
            self.failure = self.failure._replace(problem=problem)
