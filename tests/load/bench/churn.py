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
#: What takes longer than this times what was planned is no churn of that rate.
MAX_STRETCH = 1.05


@dataclass
class Churn:
    """``rate`` people come a second, and as many leave, the longest connected first."""

    crowd: Crowd
    rate: int
    joined: int = 0

    def catch_up(self, elapsed_seconds: float) -> None:
        """Have everybody come and leave who is due by now."""
        due = int(self.rate * elapsed_seconds) - self.joined
        if due > 0:
            self.joined += due
            self.crowd.connect(due)
            self.crowd.close(due)


def keep_up(churns: Sequence[Churn], seconds: float) -> float:
    """Churn for that long; the seconds it took, which are more when somebody was late."""
    for churn in churns:
        churn.joined = 0
    began, elapsed_seconds = time.monotonic(), 0.0
    while elapsed_seconds < seconds:
        for churn in churns:
            churn.crowd.run(min(TICK_SECONDS, seconds - elapsed_seconds) / len(churns))
            churn.catch_up(min(time.monotonic() - began, seconds))
        elapsed_seconds = time.monotonic() - began
    return elapsed_seconds


def verify_rate(planned_seconds: float, took_seconds: float) -> None:
    """Raises RuntimeError when the joins came so late that it was no churn of that rate."""
    if took_seconds > MAX_STRETCH * planned_seconds:
        raise RuntimeError(f"The joins of {planned_seconds:.1f} s took {took_seconds:.1f} s.")
