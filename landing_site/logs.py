"""Filters of log records."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from math import inf

#: Lines about faults of clients in :data:`PERIOD_SECONDS`.
MAX_CLIENT_FAULTS = 10
PERIOD_SECONDS = 60.0


class ClientFaults(logging.Filter):
    """Limit the lines about requests that were answered with a status below 500.

    Django logs one for each missing page, and a traceback for some requests that cannot be parsed.
    Any client could fill the log. ``clock`` is monotonic, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._began_at = -inf
        self._lines = 0

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 500) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return True
        record.exc_info = record.exc_text = None
        now = self._clock()
        if now - self._began_at >= PERIOD_SECONDS:
            if self._lines > MAX_CLIENT_FAULTS:
                unlogged = self._lines - MAX_CLIENT_FAULTS
                record.msg, record.args = f"{record.getMessage()} ({unlogged} not logged)", ()
            self._began_at, self._lines = now, 0
        self._lines += 1
        return self._lines <= MAX_CLIENT_FAULTS
