"""Compute the median stay from counts of stays by length, without a list of stays.

Each bucket is a tenth wider than the one before. So the median, taken from the middle of its
bucket, differs from the exact one by at most 5 %, from one second on.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, log

#: The ratio of two limits of a bucket.
GROWTH = 1.1
#: The bucket of stays below a second.
SHORTEST = 0


def bucket_of(stay_ms: int) -> int:
    """Return the bucket of a stay."""
    seconds = stay_ms / 1000
    return SHORTEST if seconds < 1 else SHORTEST + 1 + floor(log(seconds, GROWTH))


def seconds_of(bucket: int) -> float:
    """Return the length in the middle of a bucket, whose ratios to both limits are the same."""
    return 0.5 if bucket == SHORTEST else GROWTH ** (bucket - SHORTEST - 0.5)


def median_seconds(stays_by_bucket: Mapping[int, int]) -> float | None:
    """Return the median length of stays; None without any."""
    total = sum(stays_by_bucket.values())
    if not total:
        return None
    middle = (total - 1) // 2, total // 2
    return sum(seconds_of(_bucket_at(stays_by_bucket, place)) for place in middle) / 2


def _bucket_at(stays_by_bucket: Mapping[int, int], place: int) -> int:
    """Return the bucket of the stay at this place, counted from 0 in the order of lengths."""
    for bucket in sorted(stays_by_bucket):
        place -= stays_by_bucket[bucket]
        if place < 0:
            break
    return bucket
