"""Call a function in a thread, so that a request does not wait for a long read."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from threading import BoundedSemaphore, Thread
from typing import TypeVar

from django.db import connections

#: Reads at once in a process, each with its own connection to the database.
MAX_READS = 2
#: Reads that run or wait. Each is a thread, and people with a link can invent filters.
MAX_CALLS = 16

Answer = TypeVar("Answer")
logger = logging.getLogger(__name__)
_reads, _calls = BoundedSemaphore(MAX_READS), BoundedSemaphore(MAX_CALLS)


def call(read: Callable[[], Answer], max_seconds: float) -> Answer | None:
    """Return the answer, or None if it takes longer. The call then goes on.

    Further calls wait for those that are running. If too many wait, nothing is called. Raise an
    error of the call within the time.
    """
    if not _calls.acquire(blocking=False):
        return None
    answer: Future[Answer] = Future()
    thread = Thread(target=_run, args=(read, answer), name="read-dashboard", daemon=True)
    try:
        thread.start()
    except RuntimeError:
        _calls.release()
        raise
    thread.join(max_seconds)
    return answer.result() if answer.done() else None


def _run(read: Callable[[], Answer], answer: Future[Answer]) -> None:
    try:
        with _reads:
            try:
                found = read()
            finally:
                # The connections of this thread.
                connections.close_all()
        answer.set_result(found)
    except Exception as error:
        # The request may be over, so that nobody else would log the error.
        logger.exception("Reading the dashboard failed")
        answer.set_exception(error)
    finally:
        _calls.release()
