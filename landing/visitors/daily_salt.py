"""The daily salt: the secret under which addresses are hashed for one UTC day."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime
from threading import Lock

SALT_BYTES = 32


def _utc_today() -> date:
    return datetime.now(UTC).date()


class DailySalt:
    """The secret under which addresses are hashed today (UTC), in memory only.

    With yesterday's salt forgotten, nobody can tell whether two visitors of two days
    had the same address. Each process draws its own unless one is installed.
    """

    def __init__(self, today: Callable[[], date] = _utc_today) -> None:
        self._today = today
        self._salts: dict[str, bytes] = {}
        self._lock = Lock()

    def current(self) -> bytes:
        """Today's 32 bytes."""
        today = self._today().isoformat()
        with self._lock:
            self._forget_before(today)
            return self._salts.setdefault(today, secrets.token_bytes(SALT_BYTES))

    def install(self, day: str, salt: bytes) -> None:
        """Share one salt among workers on ``day`` (ISO date, UTC), today or ahead of it."""
        if len(salt) != SALT_BYTES:
            raise ValueError(f"A salt has {SALT_BYTES} bytes, not {len(salt)}.")
        with self._lock:
            self._salts[day] = salt
            self._forget_before(self._today().isoformat())

    def _forget_before(self, today: str) -> None:
        self._salts = {day: salt for day, salt in self._salts.items() if day >= today}


daily_salt = DailySalt()
