"""Call a function in a thread, so that a request does not wait for a long read."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import TypeVar

from django.db import connections

Answer = TypeVar("Answer")


def call(read: Callable[[], Answer], max_seconds: float) -> Answer | None:
    """Return the answer, or None if it takes longer. The call then goes on."""
    answers: list[Answer] = []

    def run() -> None:
        try:
            answers.append(read())
        finally:
            # The connections of this thread.
            connections.close_all()

    thread = Thread(target=run, name="read-dashboard", daemon=True)
    thread.start()
    thread.join(max_seconds)
    return answers[0] if answers else None
