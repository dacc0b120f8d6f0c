"""The daily salt: the secret with which client addresses are hashed for one UTC day."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime
from threading import Lock

SALT_BYTES = 32


def _utc_today() -> date:
    return datetime.now(UTC).date()


class DailySalt:
    """The salts of today and later UTC days, in memory only.

    Old salts are deleted, so the hashes of two days cannot be compared. Each process
    generates its own salt unless :meth:`install` sets a shared one.
    """

    def __init__(self, today: Callable[[], date] = _utc_today) -> None:
        self._today = today
        self._salts: dict[str, bytes] = {}
        self._lock = Lock()

    def current(self) -> bytes:
        """Return today's salt."""
        today = self._today().isoformat()
        with self._lock:
            self._delete_before(today)
            return self._salts.setdefault(today, secrets.token_bytes(SALT_BYTES))

    def install(self, day: str, salt: bytes) -> None:
        """Set the salt of ``day``, an ISO date in UTC; ValueError if its length is wrong."""
        if len(salt) != SALT_BYTES:
            raise ValueError(f"salt must have {SALT_BYTES} bytes (got {len(salt)})")
        with self._lock:
            self._salts[day] = salt
            self._delete_before(self._today().isoformat())

    def _delete_before(self, today: str) -> None:
        self._salts = {day: salt for day, salt in self._salts.items() if day >= today}


daily_salt = DailySalt()
