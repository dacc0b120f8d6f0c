"""Filters of log records."""

from __future__ import annotations

import logging
from http import HTTPStatus


class NoTracebackOfClientFaults(logging.Filter):
    """Drop the traceback of a request that was answered with a status below 500.

    Django logs one for some requests that cannot be parsed. Any client could fill the log.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 500) < HTTPStatus.INTERNAL_SERVER_ERROR:
            record.exc_info = record.exc_text = None
        return True
