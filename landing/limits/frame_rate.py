"""How fast one WebSocket sends frames, and whether it has sent too many for too long."""

from __future__ import annotations

from .rate_limits import Rate

#: A longer frame costs as much as several.
FRAME_BYTES = 4096
#: A connection that exceeds its rate for this long is closed.
MAX_EXCESS_SECONDS = 5.0
#: A client that sends within this time after it had to wait was not silent.
SILENCE_SECONDS = 1.0
#: The close code, "policy violation" (RFC 6455, section 7.4.1).
POLICY_VIOLATION = 1008


def frame_cost(size_bytes: int) -> int:
    """Return how many frames a frame of this size counts as."""
    return 1 + size_bytes // FRAME_BYTES


class FrameRate:
    """The rate of one connection. Times are monotonic, in seconds."""

    __slots__ = ("_exceeds_since", "_paid_until", "_rate")

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._paid_until = 0.0
        self._exceeds_since: float | None = None

    def spend(self, now: float, cost: float) -> None:
        """Record frames that have arrived, even over the limit."""
        if self._paid_until <= now:
            self._exceeds_since = None
        self._paid_until = self._rate.spend(self._paid_until, now, cost)

    def wait_seconds(self, now: float) -> float:
        """Return how long until the next frame is within the limit; 0 if it is now."""
        return self._rate.wait_seconds(self._paid_until, now)

    def end_wait(self, now: float) -> None:
        """Let a connection that had to wait go on. The wait does not count as silence."""
        if self._exceeds_since is not None:
            self._paid_until = max(self._paid_until, now + SILENCE_SECONDS)

    def is_abused(self, now: float) -> bool:
        """Record that the connection exceeds a limit; return whether it has for too long.

        Only a connection that is silent for a while begins again.
        """
        if self._exceeds_since is None:
            self._exceeds_since = now
        return now - self._exceeds_since >= MAX_EXCESS_SECONDS
