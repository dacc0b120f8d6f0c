"""Forget one visitor: the rows, what waits in each process, and the open connections.

Aggregates that pages have shown and samples of the time series name nobody, and stay.
"""

from __future__ import annotations

from ..analytics import recording
from ..analytics.arrivals import arrivals
from ..models import Analytics
from ..visitors.newcomers import newcomers


def delete_rows(visitor: bytes) -> int:
    """Delete all analytics rows of a visitor; return their count. Raise ``DatabaseError``.

    No other table refers to these rows, so this is one statement.
    """
    deleted, _ = Analytics.objects.filter(visitor_id=visitor).delete()
    return deleted


def forget_here(visitor: bytes) -> None:
    """Forget what this process remembers of a visitor outside the table."""
    recording.discard(visitor)
    arrivals.forget(visitor)
    newcomers.forget(visitor)
