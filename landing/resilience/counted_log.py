"""Log events that may be many: the first at once, then one line a minute with their count."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from math import inf

#: The time between two lines about the same kind of event.
INTERVAL_SECONDS = 60.0


class CountedLog:
    """Counts events by kind. A kind is a constant text, so a client cannot invent kinds.

    ``clock`` is monotonic, in seconds.
    """

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._unlogged: Counter[str] = Counter()
        self._logged_at: dict[str, float] = {}

    def warn(self, kind: str) -> None:
        """Count one event, and log the kind unless that happened within the last minute."""
        self._unlogged[kind] += 1
        now = self._clock()
        if now - self._logged_at.get(kind, -inf) < INTERVAL_SECONDS:
            return
        self._logged_at[kind] = now
        self._logger.warning("%s (%d since the last line)", kind, self._unlogged.pop(kind))
