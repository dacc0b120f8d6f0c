"""Limit how often people with a link make the site read ranges and filters of their choice.

Anybody can invent a range or a filter, and each one costs a read of the tables and a place in the
cache. The four presets of the whole site are free: they cost no more than in the admin.
"""

from __future__ import annotations

from django.http import HttpRequest

from ...dates import site_day, utc_now
from ...limits.rate_limits import Rate, RateLimits
from ..dashboard import data_cache, filters, ranges

#: Reads of a link in each process: 20 at once, then one every six seconds.
READS = Rate(per_second=1 / 6, burst=20)

limits: RateLimits[str] = RateLimits(READS)


def wait_seconds(request: HttpRequest, prefix: str, *, may_wait_long: bool = False) -> float:
    """Return the seconds until this link may read the range and filter of the request.

    A page that reloads while its filter is read causes no other read. A download does not either,
    but it waits longer.
    """
    parameters = request.GET.dict()
    only = filters.choose(parameters)
    try:
        shown = ranges.choose(parameters, site_day(utc_now()))
    except ranges.InvalidRangeError:
        shown = ranges.preset(ranges.DEFAULT, site_day(utc_now()))
    if data_cache.is_preset(shown, only) or data_cache.has_fresh(shown, only):
        return 0.0
    if not may_wait_long and data_cache.is_being_read(shown, only):
        return 0.0
    return limits.take(prefix)
