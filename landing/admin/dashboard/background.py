"""Call a function in a thread, so that a request does not wait for a long read."""

from __future__ import annotations

from collections.abc import Callable
from threading import BoundedSemaphore, Thread
from typing import TypeVar

from django.db import connections

#: Reads at once in a process, each with its own connection to the database.
MAX_READS = 2

Answer = TypeVar("Answer")
_reads = BoundedSemaphore(MAX_READS)


def call(read: Callable[[], Answer], max_seconds: float) -> Answer | None:
    """Return the answer, or None if it takes longer. The call then goes on.

    Further calls wait for those that are running.
    """
    answers: list[Answer] = []

    def run() -> None:
        with _reads:
            try:
                answers.append(read())
            finally:
                # The connections of this thread.
                connections.close_all()

    thread = Thread(target=run, name="read-dashboard", daemon=True)
    thread.start()
    thread.join(max_seconds)
    return answers[0] if answers else None
