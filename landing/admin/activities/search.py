"""Search activities by name and text, in a time that does not grow with the table."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from ...models import Activity

#: How many of the listed activities a search reads, newest first.
MAX_READ = 50_000
#: Words of a search. The rest of a longer term is one phrase.
MAX_WORDS = 10

HELP = (
    "Search by name and text, or by the whole external ID. "
    f"Finds the newest {MAX_READ:,} activities; select a date to find older ones."
)


def find(queryset: QuerySet[Activity], term: str) -> QuerySet[Activity]:
    """Keep the activity with this external id, else those with each word in name or text."""
    if not term:
        return queryset
    # The index of external ids finds it at once. "Or" in one query would read the whole table.
    exact = queryset.filter(external_id=term)
    if exact.exists():
        return exact
    matches = Q()
    for word in term.split(maxsplit=MAX_WORDS - 1):
        matches &= Q(actor__icontains=word) | Q(text__icontains=word)
    return _newest(queryset).filter(matches)


def _newest(queryset: QuerySet[Activity]) -> QuerySet[Activity]:
    """Keep the newest activities, up to the limit, as a range of the index of times."""
    times = queryset.order_by("-created_at", "-id").values_list("created_at", flat=True)
    oldest = times[MAX_READ - 1 : MAX_READ].first()
    return queryset if oldest is None else queryset.filter(created_at__gte=oldest)
