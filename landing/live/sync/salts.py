"""The values that all workers share, from which they derive the daily salts."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, timedelta

from ...resilience import errors
from ...resilience.outage import Outage
from ...visitors import daily_salt
from ..presence.contract import PresenceBackend, PresenceError

logger = logging.getLogger(__name__)

outage = Outage(
    logger,
    "Fetching the shared daily salt",
    "a visitor without a cookie counts once per process",
    errors=errors.redis.labels("daily_salt"),
)


class SharedSalts:
    """Fetches today's and tomorrow's salt once a day, so tomorrow's is there before midnight."""

    def __init__(
        self, backend: PresenceBackend, today: Callable[[], date] = daily_salt.utc_today
    ) -> None:
        self._backend = backend
        self._today = today
        self._fetched_until: date | None = None

    async def refresh(self) -> None:
        """Install the shared salts of today and tomorrow, unless that is done."""
        today = self._today()
        tomorrow = today + timedelta(days=1)
        if self._fetched_until == tomorrow:
            return
        try:
            for day in (today.isoformat(), tomorrow.isoformat()):
                daily_salt.daily_salt.install(day, await self._backend.daily_salt(day))
        except PresenceError as error:
            outage.record_failure(error)
        else:
            outage.record_success()
            self._fetched_until = tomorrow
