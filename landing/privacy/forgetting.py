"""Forget one visitor: the rows, what waits in each process, and the open connections.

The rollups lose the visits too. Aggregates that pages have shown and samples of the time series
name nobody, and stay.
"""

from __future__ import annotations

from ..analytics import recording
from ..analytics.dimensions.widths import widths
from ..analytics.first_dwell_rows import first_dwell_rows
from ..analytics.rollups import deletion
from ..visitors.newcomers import newcomers


def delete_rows(visitor: bytes) -> int:
    """Delete all analytics rows of a visitor; return their count. Raise ``DatabaseError``.

    The rollups forget the visitor in the same transaction.
    """
    return deletion.forget_visitor(visitor)


def forget_here(visitor: bytes) -> None:
    """Forget what this process remembers of a visitor outside the table."""
    recording.discard(visitor)
    first_dwell_rows.forget(visitor)
    widths.forget(visitor)
    newcomers.forget(visitor)
