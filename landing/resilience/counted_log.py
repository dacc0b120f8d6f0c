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

    The arguments of a line, which fill the placeholders of its kind, are those of the newest event.
    ``clock`` is monotonic, in seconds.
    """

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._unlogged: Counter[str] = Counter()
        self._logged_at: dict[str, float] = {}

    def warn(self, kind: str, *arguments: object) -> None:
        """Count one event, and log the kind unless that happened within the last minute."""
        self._count(logging.WARNING, kind, arguments)

    def report(self, error: BaseException, kind: str, *arguments: object) -> None:
        """Do the same for an unexpected error, and log it with its traceback."""
        self._count(logging.ERROR, kind, arguments, error)

    def _count(
        self,
        level: int,
        kind: str,
        arguments: tuple[object, ...],
        error: BaseException | None = None,
    ) -> None:
        self._unlogged[kind] += 1
        now = self._clock()
        if now - self._logged_at.get(kind, -inf) < INTERVAL_SECONDS:
            return
        self._logged_at[kind] = now
        count = self._unlogged.pop(kind)
        template = f"{kind} (%d since the last line)"
        self._logger.log(level, template, *arguments, count, exc_info=error)
