"""Log the start and the end of an outage once each.

An outage under load then costs two log lines instead of one per failed request.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from math import inf

from prometheus_client import Counter


class Outage:
    """The state of one dependency, for example of the database.

    ``subject`` names the operation that fails and ``consequence`` its effect, for the log. A
    dependency that fails within ``stable_seconds`` of its last success is flapping: that outage
    ends only when it has not failed for as long. ``clock`` is monotonic, in
    seconds. ``errors`` counts every failure, for metrics.
    """

    def __init__(
        self,
        logger: logging.Logger,
        subject: str,
        consequence: str,
        stable_seconds: float = 0,
        clock: Callable[[], float] = time.monotonic,
        errors: Counter | None = None,
    ) -> None:
        self._logger = logger
        self._subject = subject
        self._consequence = consequence
        self._stable_seconds = stable_seconds
        self._clock = clock
        self._errors = errors
        self._succeeded_at = -inf
        self._ends_after = -inf
        #: Whether the last call failed, or the dependency is flapping.
        self.is_active = False

    def record_failure(self, error: BaseException) -> None:
        """Count the error, and log it unless the outage is known."""
        if self._errors is not None:
            self._errors.inc()
        now = self._clock()
        if now - self._succeeded_at < self._stable_seconds:
            self._ends_after = now + self._stable_seconds
        if not self.is_active:
            self.is_active = True
            self._logger.error(
                "%s failed; %s: %s", self._subject, self._consequence, _as_line(error)
            )

    def record_success(self) -> None:
        """Log the recovery, if this ends an outage."""
        self._succeeded_at = self._clock()
        if self.is_active and self._succeeded_at >= self._ends_after:
            self.is_active = False
            self._logger.warning("%s works again", self._subject)


def _as_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
