"""Log the start and the end of an outage once each.

An outage under load then costs two log lines instead of one per failed request.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from math import inf

from ..measures import CounterMeasure

#: A dependency that fails again within this time of its recovery is flapping, until it has worked
#: for as long.
FLAPPING_SECONDS = 60.0


class Outage:
    """The state of one dependency, for example of the database.

    ``subject`` names the operation that fails and ``consequence`` its effect, for the log. A
    flapping dependency is logged once as such, and then again when it has become stable. ``clock``
    is monotonic, in seconds. ``errors`` counts every failure, for metrics.
    """

    def __init__(
        self,
        logger: logging.Logger,
        subject: str,
        consequence: str,
        clock: Callable[[], float] = time.monotonic,
        errors: CounterMeasure | None = None,
    ) -> None:
        self._logger = logger
        self._subject = subject
        self._consequence = consequence
        self._clock = clock
        self._errors = errors
        #: Whether the last call failed.
        self.is_active = False
        self._is_flapping = False
        self._outages = 0
        self._began_at = self._failed_at = self._recovered_at = -inf

    def record_failure(self, error: BaseException) -> None:
        """Count the error, and log it unless the outage is known."""
        if self._errors is not None:
            self._errors.inc()
        self._failed_at = self._clock()
        if not self.is_active:
            self.is_active = True
            self._begin(error)

    def record_success(self) -> None:
        """Log the recovery, if this ends an outage."""
        if self.is_active:
            self.is_active = False
            if not self._is_flapping:
                self._recovered_at = self._clock()
                self._log_recovery("%.1f s", self._recovered_at - self._began_at)
        if self._is_flapping and self._clock() - self._failed_at >= FLAPPING_SECONDS:
            self._is_flapping = False
            self._recovered_at = self._clock()
            self._log_recovery(
                "%d outages in %.0f s", self._outages, self._failed_at - self._began_at
            )

    def _begin(self, error: BaseException) -> None:
        """Log the begin of an outage, unless the dependency is known to flap."""
        self._outages += 1
        if self._is_flapping:
            return
        problem = self._consequence
        if self._failed_at - self._recovered_at < FLAPPING_SECONDS:
            self._is_flapping = True
            problem += f"; the next line follows when it has worked for {FLAPPING_SECONDS:.0f} s"
        else:
            self._began_at, self._outages = self._failed_at, 1
        again = " again" if self._is_flapping else ""
        self._logger.error("%s failed%s; %s: %s", self._subject, again, problem, _as_line(error))

    def _log_recovery(self, duration: str, *values: float) -> None:
        self._logger.warning(f"%s works again after {duration}", self._subject, *values)


def _as_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
