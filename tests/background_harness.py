"""Background tasks with a clock of their own."""

from __future__ import annotations

from datetime import UTC, datetime

NOON = datetime(2026, 1, 31, 12, 0, 20, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now
