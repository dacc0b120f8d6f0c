"""The filters of log records: limits, and what a line must not contain."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Hashable
from http import HTTPStatus
from math import inf
from urllib.parse import urlsplit

from landing.live.middleware import request_ids
from landing_site.logs.formatters import plain_message

#: Lines about faults of clients in :data:`PERIOD_SECONDS`, and as many about each kind of fault of
#: the server.
MAX_FAILED_REQUESTS = 10
PERIOD_SECONDS = 60.0
#: Kinds of faults of the server that are limited separately. Further ones share one limit.
MAX_KINDS = 100
#: The reason of Django for a refused form, with the Referer or the Origin.
_FOREIGN = re.compile(
    r"(.* checking failed - )(.*)( does not match any trusted origins\.)", re.DOTALL
)


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


class WithoutConnections(logging.Filter):
    """Drop the lines of Uvicorn about each WebSocket: they have its address and query string.

    Unlike lines about requests, they are not part of the access log.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        template = str(record.msg)
        is_of_connection = '"WebSocket %s"' in template or template.startswith("connection ")
        return record.levelno > logging.INFO or not is_of_connection


class WithoutUrl(logging.Filter):
    """Shorten the Referer or the Origin of a refused form to its origin.

    A Referer has the path and the query string of another site. The origin remains, because it may
    be missing in ``CSRF_TRUSTED_ORIGINS``.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple) and record.args:
            reason, *others = record.args
            if isinstance(reason, str) and (found := _FOREIGN.fullmatch(reason)):
                record.args = (found[1] + _origin(found[2]) + found[3], *others)
        return True


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an invalid URL"
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if host else "a URL without a host"


class FailedRequests(logging.Filter):
    """Limit the lines about requests that were answered with an error.

    Django logs one for each missing page, and a traceback for each status from 500 on, and for some
    requests that cannot be parsed. Uvicorn logs one for each of the latter. A client could fill the
    log, and so could an outage. Failures of the server keep their traceback, and each kind of them
    has its own limit, so that a frequent one hides no other. ``clock`` is monotonic, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._by_client = _Budget(clock)
        self._by_server: dict[Hashable, _Budget] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        status = getattr(record, "status_code", None)
        if record.name == "uvicorn.error" and record.levelno == logging.WARNING:
            status = HTTPStatus.BAD_REQUEST  # a request that Uvicorn cannot parse
        if not isinstance(status, int):
            return True
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._find_budget(_kind(record, status)).take(record)
        record.exc_info = record.exc_text = None
        return self._by_client.take(record)

    def _find_budget(self, kind: Hashable) -> _Budget:
        if kind not in self._by_server and len(self._by_server) >= MAX_KINDS:
            kind = None
        return self._by_server.setdefault(kind, _Budget(self._clock))


def _kind(record: logging.LogRecord, status: int) -> Hashable:
    """Return the type of the exception and the line that raised it, or the status without one."""
    if not record.exc_info or record.exc_info[0] is None:
        return status
    error, _, trace = record.exc_info
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = (trace.tb_frame.f_code.co_filename, trace.tb_lineno) if trace else None
    return f"{error.__module__}.{error.__qualname__}", place


class _Budget:
    """The lines of one period. The first line of the next one has the count of those left out."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began_at = -inf
        self._lines = 0

    def take(self, record: logging.LogRecord) -> bool:
        now = self._clock()
        if now - self._began_at >= PERIOD_SECONDS:
            if self._lines > MAX_FAILED_REQUESTS:
                unlogged = self._lines - MAX_FAILED_REQUESTS
                record.msg, record.args = "%s (%d not logged)", (plain_message(record), unlogged)
            self._began_at, self._lines = now, 0
        self._lines += 1
        return self._lines <= MAX_FAILED_REQUESTS
