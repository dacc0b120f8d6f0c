"""Simulated visits, and single ones."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from landing.analytics import demo
from landing.analytics.demo import Visit

NOW = datetime(2026, 3, 31, 15, 30, 20, tzinfo=UTC)
ANA, BEN = b"ana".ljust(16), b"ben".ljust(16)


def simulate(visitors: int = 200, days: int = 30, seed: int = 1) -> list[Visit]:
    return demo.simulate_visits(visitors, demo.start_of(days, NOW), NOW, Random(seed))


def visit(begins: datetime, minutes: float, visitor: bytes = ANA, tabs: int = 1) -> Visit:
    at = int(begins.timestamp())
    return Visit(at, at + int(60 * minutes), visitor, None, tabs)
