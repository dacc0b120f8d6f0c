"""Count the activities of each kind, as goals that visitors reach.

An activity does not know its visitor: its publisher may be a payment service. So goals per visitor
are a ratio of two counts, not a share of the visitors.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Q

from ..models import Activity
from .kinds import KINDS

#: A start and an end; the end is excluded.
Span = tuple[datetime, datetime]


class KindCount(NamedTuple):
    """The activities of one kind in a range of time, and in the one before."""

    kind: str
    now: int
    before: int

    @property
    def is_goal(self) -> bool:
        """Whether visitors do it. A kind that is no longer registered counts as one."""
        return self.kind not in KINDS or KINDS[self.kind].is_goal

    @property
    def name(self) -> str:
        return str(KINDS[self.kind].name) if self.kind in KINDS else self.kind


def count_by_kind(now: Span, before: Span) -> tuple[KindCount, ...]:
    """Return the kinds with activities in either range, the most frequent first.

    Hidden activities count, because they happened. ``before`` must end before ``now`` begins.
    """
    in_before, in_now = (
        Q(created_at__gte=start, created_at__lt=end) for start, end in (before, now)
    )
    counted = (
        Activity.objects.filter(created_at__gte=before[0], created_at__lt=now[1])
        .order_by()
        .values_list("kind")
        .annotate(now=Count("pk", filter=in_now), before=Count("pk", filter=in_before))
    )
    found = (KindCount(*row) for row in counted)
    return tuple(sorted((each for each in found if each.now or each.before), key=_rank))


def _rank(counted: KindCount) -> tuple[int, int, str]:
    return -counted.now, -counted.before, counted.kind
