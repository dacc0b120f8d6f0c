"""How often fan-out may happen: so that it takes at most a share of one core."""

from __future__ import annotations

#: However many sockets there are, numbers are no older than this.
MAX_INTERVAL_SECONDS = 5.0


class FanoutBudget:
    """``share`` of one core, 0 to 1; ``min_interval_seconds`` where fan-out costs little."""

    def __init__(self, min_interval_seconds: float, share: float) -> None:
        #: how long the last fan-out took
        self.busy_seconds = 0.0
        self._min_interval_seconds = min_interval_seconds
        self._share = share

    def record(self, busy_seconds: float) -> None:
        """A fan-out took so long."""
        self.busy_seconds = busy_seconds

    @property
    def interval_seconds(self) -> float:
        """From the beginning of one fan-out to the beginning of the next."""
        wanted = max(self._min_interval_seconds, self.busy_seconds / self._share)
        return min(wanted, self._longest_interval_seconds)

    @property
    def share(self) -> float:
        """The share of a core that fan-out takes while the numbers keep changing."""
        return self.busy_seconds / self.interval_seconds

    @property
    def is_over_budget(self) -> bool:
        """Whether the longest interval is too short to keep to the share."""
        return self.busy_seconds / self._share > self._longest_interval_seconds

    @property
    def _longest_interval_seconds(self) -> float:
        return max(MAX_INTERVAL_SECONDS, self._min_interval_seconds)
