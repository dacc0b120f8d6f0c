"""The configuration of logging, and the filters of records."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from math import inf
from typing import Any

from landing.live.middleware import request_ids

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
#: The formatter of each format.
FORMATS = {
    "text": "landing_site.log_formats.TextFormatter",
    "json": "landing_site.log_formats.JsonFormatter",
}
#: Loggers of other servers that would write the tracebacks of this project in another format.
#: Their parents and siblings stay as they are: configuring those would turn on access logs that an
#: operator has turned off.
_SERVERS = ("uvicorn.error", "gunicorn.error")

#: Lines about faults of clients in :data:`PERIOD_SECONDS`.
MAX_CLIENT_FAULTS = 10
PERIOD_SECONDS = 60.0


def build_config(level: str, format_name: str) -> dict[str, Any]:
    """Return ``LOGGING`` for one of :data:`LEVELS` and a key of :data:`FORMATS`.

    The level DEBUG applies to this project only. Other packages write a debug line for each
    frame, query, or callback, and some contain addresses.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"chosen": {"()": FORMATS[format_name]}},
        "filters": {
            "client_faults": {"()": "landing_site.logs.ClientFaults"},
            "request_id": {"()": "landing_site.logs.RequestId"},
            "without_client": {"()": "landing_site.logs.WithoutClient"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "chosen",
                "filters": ["client_faults", "request_id"],
            }
        },
        "root": {"handlers": ["console"], "level": "INFO" if level == "DEBUG" else level},
        "loggers": {
            "landing": {"level": level},
            "landing_site": {"level": level},
            # With Django's own handlers, every line would be logged twice.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            **{name: {"handlers": ["console"], "propagate": False} for name in _SERVERS},
            "daphne.server": {"filters": ["without_client"]},
            # It logs several lines for each failed login. "manage.py axes_list_attempts" lists
            # them.
            "axes": {"level": "ERROR"},
            # It logs a traceback every second during a Redis outage. The worker logs one line.
            "channels_redis.pubsub": {"level": "CRITICAL"},
        },
    }


class RequestId(logging.Filter):
    """Add the id of the request or connection that logs the record, if there is one."""

    def filter(self, record: logging.LogRecord) -> bool:
        if id := request_ids.current():
            record.request_id = id
        return True


class WithoutClient(logging.Filter):
    """Remove the connection from a line of Daphne: it has the address, or the query string."""

    def filter(self, record: logging.LogRecord) -> bool:
        template = str(record.msg)
        if " for connection %s" in template and isinstance(record.args, tuple):
            record.msg = template.replace(" for connection %s", "")
            record.args = record.args[:1]
        return True


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
