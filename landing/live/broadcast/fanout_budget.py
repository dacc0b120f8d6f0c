"""The fan-out budget: how often a broadcast may happen so that it takes a share of one core."""

from __future__ import annotations

#: However many connections there are, counts are at most this old.
MAX_INTERVAL_SECONDS = 5.0


class FanoutBudget:
    """Lengthens the interval between broadcasts when a broadcast is expensive.

    ``share`` is the share of one core, 0 to 1. ``min_interval_seconds`` applies while
    broadcasts are cheap.
    """

    def __init__(self, min_interval_seconds: float, share: float) -> None:
        #: duration of the last fan-out
        self.busy_seconds = 0.0
        self._min_interval_seconds = min_interval_seconds
        self._share = share

    def record(self, busy_seconds: float) -> None:
        """Record how long a fan-out took."""
        self.busy_seconds = busy_seconds

    @property
    def interval_seconds(self) -> float:
        """Time from the start of one broadcast to the start of the next."""
        wanted = max(self._min_interval_seconds, self.busy_seconds / self._share)
        return min(wanted, self._max_interval_seconds)

    @property
    def share(self) -> float:
        """The share of a core that fan-out takes while the counts keep changing."""
        return self.busy_seconds / self.interval_seconds

    @property
    def is_over_budget(self) -> bool:
        """Whether even the longest interval is too short to keep to the share."""
        return self.busy_seconds / self._share > self._max_interval_seconds

    @property
    def _max_interval_seconds(self) -> float:
        return max(MAX_INTERVAL_SECONDS, self._min_interval_seconds)
