"""People who come and go at a set rate, in several crowds at once.

Owns the rate and nothing else: who connects how is the crowd's business.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.load.bench.crowd import Crowd

#: How often the clock is looked at. At 100 joins a second that is 5 joins at a time.
TICK_SECONDS = 0.05
#: With fewer than this share of the joins, what was measured is no churn of that rate.
MIN_SHARE_OF_JOINS = 0.95


@dataclass
class Churn:
    """``rate`` people knock a second, whether or not the server keeps up, and as many leave."""

    crowd: Crowd
    rate: int
    knocked: int = 0

    def catch_up(self, elapsed_seconds: float) -> None:
        """Have everybody come, and those who are longest connected leave, who is due by now."""
        due = int(self.rate * elapsed_seconds) - self.knocked
        if due > 0:
            self.knocked += due
            self.crowd.begin_to_connect(due)
            self.crowd.close(due)


def keep_up(churns: Sequence[Churn], seconds: float) -> float:
    """Churn for that long; the seconds it took."""
    for churn in churns:
        churn.knocked = 0
    began, elapsed_seconds = time.monotonic(), 0.0
    while elapsed_seconds < seconds:
        for churn in churns:
            churn.crowd.run(min(TICK_SECONDS, seconds - elapsed_seconds) / len(churns))
            churn.catch_up(min(time.monotonic() - began, seconds))
        elapsed_seconds = time.monotonic() - began
    return elapsed_seconds


def verify_joins(rate: int, seconds: float, joined: int) -> None:
    """Raises RuntimeError when fewer were let in than is a churn of that rate."""
    if joined < MIN_SHARE_OF_JOINS * rate * seconds:
        raise RuntimeError(f"{joined / seconds:.1f} joins a second instead of {rate}.")
