"""The daily salt: the secret with which client addresses are hashed for one UTC day.

The salt is derived from a random value that all workers share, and from ``SECRET_KEY``, which
only the workers know. A copy of the shared store alone cannot test guesses of an address.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime
from threading import Lock

from django.utils.crypto import salted_hmac

from ..names import LABEL

SALT_BYTES = 32


def utc_today() -> date:
    """Return the date in UTC, which decides the salt."""
    return datetime.now(UTC).date()


def derive_salt(shared: bytes) -> bytes:
    """Return the HMAC of the shared value under ``SECRET_KEY``; no fallback key is used."""
    return salted_hmac(f"{LABEL}.visitors.daily_salt", shared, algorithm="sha256").digest()


class DailySalt:
    """The salts of today and later UTC days, in memory only.

    Old salts are deleted, so the hashes of two days cannot be compared. Each process
    generates its own salt unless :meth:`install` derives one from a shared value.
    """

    def __init__(self, today: Callable[[], date] = utc_today) -> None:
        self._today = today
        self._salts: dict[str, bytes] = {}
        self._lock = Lock()

    def current(self) -> bytes:
        """Return today's salt."""
        today = self._today().isoformat()
        with self._lock:
            self._delete_before(today)
            return self._salts.setdefault(today, secrets.token_bytes(SALT_BYTES))

    def install(self, day: str, shared: bytes) -> None:
        """Derive the salt of ``day``, an ISO date in UTC, from the bytes that all workers share.

        Raises:
            ValueError: ``shared`` has a wrong length.
        """
        if len(shared) != SALT_BYTES:
            raise ValueError(f"shared value must have {SALT_BYTES} bytes (got {len(shared)})")
        with self._lock:
            self._salts[day] = derive_salt(shared)
            self._delete_before(self._today().isoformat())

    def _delete_before(self, today: str) -> None:
        self._salts = {day: salt for day, salt in self._salts.items() if day >= today}


daily_salt = DailySalt()
