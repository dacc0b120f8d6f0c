"""The data losses that every backend notices. Redis adds the names of single keys."""

from __future__ import annotations

from enum import StrEnum


class DataLoss(StrEnum):
    """The data that a report shows to be lost; the text of ``Lease.loss``."""

    EVERYTHING = "everything"
    OLDER_STATE = "older state"  #: a backup was restored
    CLOCK_WENT_BACK = "clock went back"
