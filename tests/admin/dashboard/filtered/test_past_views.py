"""The answer of the database about past days."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from landing.admin.dashboard.filtered import past_views
from landing.admin.dashboard.filtered.matching import fingerprint
from landing.admin.dashboard.filtered.past_views import EMPTY_BYTES, SlotOf, count_entry_bytes
from landing.admin.dashboard.filters import Filter
from landing.analytics.rollups.changes import slot_of
from landing.models import Analytics
from tests.analytics.rows import row, visitor

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

NOON = datetime(2026, 1, 31, 12, 3, tzinfo=UTC)
PAGE = Filter(path="/a")


@pytest.mark.parametrize("second", [0, 0.001, 30, 59.9])
@pytest.mark.parametrize("minute", [0, 14, 15, 59])
def test_the_database_computes_the_same_slot(minute: int, second: float) -> None:
    at = datetime(2026, 1, 31, 23, minute, tzinfo=UTC) + timedelta(seconds=second)
    row(1, at)

    assert Analytics.objects.values_list(SlotOf("created_at")).get() == (slot_of(at),)


def test_one_query_reads_both_spans(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for days, number, user in ((0, 1, None), (1, 1, 7), (3, 2, None), (5, 3, 7), (5, 3, None)):
        row(number, NOON - timedelta(days=days), path="/a", user_id=user)
    last_key = row(4, NOON, path="/b").pk
    row(5, NOON - timedelta(days=1), path="/a")
    today = NOON.date()
    spans = [(today - timedelta(days=first), today - timedelta(days=first - 1)) for first in (5, 1)]

    with django_assert_num_queries(1):
        before, now = past_views.read(PAGE, spans, last_key)

    assert (before.slots.total(), len(before.visitors), len(before.signed_in)) == (2, 1, 1)
    assert (now.slots.total(), len(now.visitors), len(now.signed_in)) == (2, 1, 1)
    assert now.visitors.count_missing([fingerprint(visitor(1)), fingerprint(visitor(2))]) == 1
    assert now.values["path"] == {"/a": 2}


def test_no_days_need_no_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        views = past_views.read(PAGE, [None, None], 1)
    assert [each.slots.total() for each in views] == [0, 0]


def test_long_texts_and_empty_filters_take_memory() -> None:
    none, short, long = Counter[str](), Counter(["/a"]), Counter(["/" + "ä" * 499])
    used = [count_entry_bytes(Counter(), {"path": paths}) for paths in (none, short, long)]

    assert used[0] == EMPTY_BYTES
    assert used[2] - used[1] > 400
