"""The salt of the day in common with the other workers, for visitors without a cookie."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from ...visitors import daily_salt
from ..presence.contract import PresenceBackend, PresenceError

logger = logging.getLogger(__name__)


def _utc_today() -> date:
    return datetime.now(UTC).date()


class SharedSalts:
    """Asks the backend once a day; tomorrow's salt is there before midnight."""

    def __init__(self, presence: PresenceBackend, today: Callable[[], date] = _utc_today) -> None:
        self._presence = presence
        self._today = today
        self._shared_until: date | None = None

    async def share(self) -> None:
        """Install today's and tomorrow's salt, unless that was done."""
        today = self._today()
        tomorrow = today + timedelta(days=1)
        if self._shared_until == tomorrow:
            return
        try:
            for day in (today.isoformat(), tomorrow.isoformat()):
                daily_salt.daily_salt.install(day, await self._presence.daily_salt(day))
        except PresenceError as error:
            logger.info("The salt of the day was not shared: %s", error)
        else:
            self._shared_until = tomorrow
