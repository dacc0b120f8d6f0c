from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError

from landing.analytics.write_buffer.insert import PendingRow, insert
from landing.models import Analytics
from tests.analytics.rows import visitor

pytestmark = [pytest.mark.each_database, pytest.mark.django_db]

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
#: More rows than SQLite takes in one statement.
MANY = 1_000


def pending(number: int, event: Analytics.Event, **columns: Any) -> PendingRow:
    row = PendingRow(visitor(number), None, event.value, f"/{number}", "", NOON, "192.0.2.1")
    return row._replace(**columns)


def test_a_large_batch_is_inserted_in_few_statements(django_assert_max_num_queries: Any) -> None:
    rows = [pending(number, Analytics.Event.PAGE_VIEW) for number in range(MANY)]

    # Two of the queries are those of the transaction.
    with django_assert_max_num_queries(2 + 11):
        assert insert(rows) == MANY

    stored = Analytics.objects.order_by("pk").values_list("path", flat=True)
    assert list(stored) == [row.path for row in rows]


def test_an_invalid_row_at_the_end_of_a_large_batch_leaves_nothing() -> None:
    rows = [pending(number, Analytics.Event.PAGE_VIEW) for number in range(MANY)]

    with pytest.raises(IntegrityError):
        insert([*rows, pending(MANY, Analytics.Event.PAGE_VIEW, visitor=b"short")])

    assert not Analytics.objects.exists()


def test_a_dwell_row_is_skipped_if_it_is_stored_or_twice_in_the_batch() -> None:
    dwell, view = Analytics.Event.HEARTBEAT, Analytics.Event.PAGE_VIEW
    assert insert([pending(1, dwell)]) == 1

    batch = [pending(2, dwell), pending(1, dwell), pending(2, dwell), pending(2, view)]
    assert insert(batch) == 2, "only new rows are counted"
    assert insert([pending(1, dwell)]) == 0

    stored = Analytics.objects.order_by("pk").values_list("visitor_id", "event")
    assert [(bytes(visitor_id), event) for visitor_id, event in stored] == [
        (visitor(1), "heartbeat"),
        (visitor(2), "heartbeat"),
        (visitor(2), "page_view"),
    ]
