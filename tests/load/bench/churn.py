"""Visitors who come and go at a fixed rate, in several crowds at once.

This module owns the rate. The crowd owns the connections.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.load.bench.crowd import Crowd

#: Time between two steps. At 100 joins per second, one step has 5 joins.
TICK_SECONDS = 0.05
#: A smaller share of joins means that the server did not sustain the rate.
MIN_SHARE_OF_JOINS = 0.95


@dataclass
class Churn:
    """``rate`` visitors connect per second, and as many leave.

    The rate does not depend on how fast the server accepts.
    """

    crowd: Crowd
    rate: int
    knocked: int = 0

    def catch_up(self, elapsed_seconds: float) -> None:
        """Connect the visitors that are due, and close as many of the oldest connections."""
        due = int(self.rate * elapsed_seconds) - self.knocked
        if due > 0:
            self.knocked += due
            self.crowd.begin_to_connect(due)
            self.crowd.close(due)


def keep_up(churns: Sequence[Churn], seconds: float) -> float:
    """Run all churns for ``seconds``. Return the seconds that passed."""
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
    """Raise RuntimeError if the server accepted too few visitors for this rate."""
    if joined < MIN_SHARE_OF_JOINS * rate * seconds:
        raise RuntimeError(f"{joined / seconds:.1f} joins a second instead of {rate}.")
