"""Demo numbers, for a page that was never told a real one.

Made up, so nothing here may reach a table, a metric or the feed: :mod:`landing.stats`
shows them, flagged, where the operator has switched that on.
"""

from __future__ import annotations

from datetime import datetime

#: The number moves by one in this time, up and down again, and so is never out of range.
STEP_SECONDS = 30
RANGE = 20


def people(base_count: int, now: datetime) -> int:
    """Within ``RANGE`` of ``base_count``, the same in every process at one moment."""
    step = int(now.timestamp()) // STEP_SECONDS % (4 * RANGE)
    return max(0, base_count + abs(step - 2 * RANGE) - RANGE)
