"""The page views of a filter on past days, read in one pass over the analytics rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from sys import getsizeof
from typing import Any

from django.conf import settings
from django.db.models import Case, Func, IntegerField, When

from ....analytics.rollups.changes import SLOT_MINUTES
from ....analytics.rollups.past_days import ONE_DAY, Days
from ....dates import day_start
from ....tables import own_database
from ..filters import Filter
from .matching import COLUMNS, Fingerprints, page_views_of

#: Each row has a span, a column or a group of visitors, a value, and a count. All visitors of a
#: group are one value, because Python takes more than a microsecond for each row.
_STATEMENT = """
    WITH matching AS ({matching}),
    people AS (
        SELECT span, visitor_id, COUNT(user_id) AS signed_in
        FROM matching GROUP BY span, visitor_id
    )
    {counts}
    UNION ALL
    SELECT span, 'visitors', {join}, COUNT(*) FROM people GROUP BY span
    UNION ALL
    SELECT span, 'signed_in', {join}, COUNT(*) FROM people WHERE signed_in > 0 GROUP BY span
"""
_COUNT = """
    SELECT span, '{column}', CAST({column} AS text), COUNT(*) FROM matching GROUP BY span, {column}
"""
#: Joins the fingerprints of visitors. SQL counts bytes from 1.
_JOIN = {
    "postgresql": "string_agg(encode(substr(visitor_id, 9), 'hex'), '')",
    "sqlite": "group_concat(hex(substr(visitor_id, 9)), '')",
}
#: About the memory of a counted value besides its text.
ENTRY_BYTES = 140
#: At most the memory of a filter without page views, most of it the filter's own text.
EMPTY_BYTES = 10_000


class SlotOf(Func):
    """The database's version of :func:`landing.analytics.rollups.changes.slot_of`."""

    output_field = IntegerField()
    template = (
        f"FLOOR(DATE_PART('epoch', %(expressions)s) / {60 * SLOT_MINUTES})::int * {SLOT_MINUTES}"
    )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Return the SQL for SQLite, which lacks ``DATE_PART``."""
        # Without USE_TZ, the column has the time in TIME_ZONE, to which Django sets the process.
        utc = "" if settings.USE_TZ else ", 'utc'"
        seconds = f"CAST(STRFTIME('%%%%s', %(expressions)s{utc}) AS INTEGER)"
        template = f"{seconds} / {60 * SLOT_MINUTES} * {SLOT_MINUTES}"
        return self.as_sql(compiler, connection, template=template, **context)


def count_entry_bytes(slots: Counter[int], values: Mapping[str, Counter[str]]) -> int:
    """Return about how much memory the counted values of a filter take.

    Visitors can invent long paths, and people with a link can invent filters.
    """
    texts = [text for counts in values.values() for text in counts]
    return EMPTY_BYTES + ENTRY_BYTES * (len(slots) + len(texts)) + sum(map(getsizeof, texts))


def _count_nothing() -> dict[str, Counter[str]]:
    return {column: Counter() for column in COLUMNS}


@dataclass(slots=True)
class PastViews:
    """The page views of some days, and who viewed. It does not change after :func:`read`."""

    slots: Counter[int] = field(default_factory=Counter)
    #: Page views by column and value.
    values: dict[str, Counter[str]] = field(default_factory=_count_nothing)
    visitors: Fingerprints = field(default_factory=Fingerprints)
    signed_in: Fingerprints = field(default_factory=Fingerprints)

    @property
    def bytes(self) -> int:
        """Return about how much memory this takes."""
        people = len(self.visitors) + len(self.signed_in)
        return 8 * people + count_entry_bytes(self.slots, self.values)

    def add(self, kind: str, value: str, count: int) -> None:
        """Add one row of the answer."""
        if kind == "slot":
            self.slots[int(value)] = count
        elif kind == "visitors":
            self.visitors = Fingerprints(bytes.fromhex(value))
        elif kind == "signed_in":
            self.signed_in = Fingerprints(bytes.fromhex(value))
        else:
            self.values[kind][value] = count


def read(only: Filter, spans: Sequence[Days | None], last_id: int) -> list[PastViews]:
    """Read the page views of spans of days in one query, from the rows up to ``last_id``.

    None is a span without days.
    """
    views = [PastViews() for _ in spans]
    known = {number: days for number, days in enumerate(spans) if days is not None}
    for span, *counted in _query(only, known, last_id) if known else ():
        # Newer rows, and rows between the spans, are in none.
        if span is not None:
            views[span].add(*counted)
    return views


def _query(only: Filter, spans: dict[int, Days], last_id: int) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the answer, each with the number of its span."""
    # The condition for the key is here, so that no database walks along the key.
    span = Case(
        *(
            When(
                created_at__gte=day_start(first),
                created_at__lt=day_start(last + ONE_DAY),
                pk__lte=last_id,
                then=number,
            )
            for number, (first, last) in spans.items()
        ),
        output_field=IntegerField(),
    )
    rows = page_views_of(only, min(spans.values())[0], max(spans.values())[1])
    rows = rows.annotate(span=span, slot=SlotOf("created_at"))
    columns = rows.values("span", "slot", "visitor_id", "user_id", *COLUMNS)
    connection = own_database.connection()
    matching, parameters = columns.query.get_compiler(connection=connection).as_sql()
    counts = " UNION ALL ".join(_COUNT.format(column=column) for column in ("slot", *COLUMNS))
    statement = _STATEMENT.format(matching=matching, counts=counts, join=_JOIN[connection.vendor])
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        yield from cursor.fetchall()
