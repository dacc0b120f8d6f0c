"""Keep answers about past days, which rarely change, so that a read covers only the open days.

A day is past from an hour after its end. The answers stay in Django's cache until the revision of
the rollups rises. Each change of a past day, such as a late row or a deletion, raises the revision
in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from django.core.cache import cache
from django.db.models import F

from ...dates import site_day
from ...names import LABEL
from ...tables.rollups import RollupState

#: A day stays open for this time after its end, while its last rows are counted.
OPEN_AFTER_END = timedelta(hours=1)
#: From this time after the end of a day on, counting a row of it raises the revision. The rest of
#: the hour is for the transaction, and for clocks that differ.
CHANGES_AFTER_END = timedelta(minutes=30)
#: Change the number whenever the type of an answer changes.
CACHE_KEY = f"{LABEL}.past_days.1"
CACHE_SECONDS = 24 * 60 * 60
ONE_DAY = timedelta(days=1)

#: The first and the last day, both included.
Days = tuple[date, date]
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class PastDays:
    """The days before ``first_open``, with the revision of their rollups.

    Rows up to the key ``last_id`` are counted.
    """

    first_open: date
    revision: int
    last_id: int = 0

    def read(
        self, question: tuple[Hashable, ...], days: Days, read: Callable[[date, date], Answer]
    ) -> list[Answer]:
        """Return two answers: about the past days, usually from the cache, and about the open days.

        A part without days is left out.
        """
        first, last = days
        last_past = min(last, self.first_open - ONE_DAY)
        answers = []
        if first <= last_past:
            answers.append(self._recall((*question, first, last_past), read, (first, last_past)))
        if max(first, self.first_open) <= last:
            answers.append(read(max(first, self.first_open), last))
        return answers

    def _recall(
        self, question: tuple[Hashable, ...], read: Callable[[date, date], Answer], days: Days
    ) -> Answer:
        """Return the cached answer, or read and cache it."""
        digest = sha256(repr(question).encode()).hexdigest()
        key = f"{CACHE_KEY}.{self.first_open}.{self.revision}.{digest}"
        # In a list, because an answer may be None.
        cached: list[Answer] | None = cache.get(key)
        if cached is None:
            cached = [read(*days)]
            cache.set(key, cached, CACHE_SECONDS)
        return cached[0]


#: All days are open: nothing is cached.
NO_PAST = PastDays(date.min + ONE_DAY, 0)


def load(at: datetime) -> PastDays:
    """Return the past days at this time. Load them before reading anything else.

    Then an answer is at least as new as the revision under which it is cached.
    """
    state = RollupState.objects.filter(pk=1).first() or RollupState()
    return PastDays(site_day(at - OPEN_AFTER_END), state.revision, state.last_id)


def has_past(days: set[int], now: datetime) -> bool:
    """Return whether counting rows of these days changes an answer that may be cached."""
    return any(day < site_day(now - CHANGES_AFTER_END).toordinal() for day in days)


def discard() -> None:
    """Let all processes read the past days again."""
    RollupState.objects.filter(pk=1).update(revision=F("revision") + 1)
