"""Write samples of the live counts. :mod:`landing.background` decides when to sample."""

from __future__ import annotations

from datetime import datetime

from ..dates import day_start, site_day, unix_minute
from ..models import CountSample


def record_sample(at: datetime, *, people: int, connections: int, active: int | None) -> bool:
    """Insert the sample of the minute of ``at``; return False if the minute has one.

    Concurrent calls raise no error. If the minute has a sample, only its peak is raised.
    """
    sample = CountSample(
        minute=unix_minute(at),
        people=people,
        connections=connections,
        active=active,
        peak_people=people,
    )
    was_inserted = CountSample.objects.insert_if_absent(sample)
    if not was_inserted:
        lower = CountSample.objects.filter(minute=sample.minute, peak_people__lt=people)
        lower.update(peak_people=people)
    return was_inserted


def has_earlier_sample_today(at: datetime) -> bool:
    """Return True if the day of ``at`` has a real sample before the minute of ``at``."""
    first_minute = unix_minute(day_start(site_day(at)))
    earlier = CountSample.objects.filter(minute__gte=first_minute, minute__lt=unix_minute(at))
    return earlier.filter(is_demo=False).exists()
