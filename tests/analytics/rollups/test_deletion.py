"""Deleted rows leave the rollups too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from landing.analytics.rollups import deletion
from landing.analytics.rollups.counting import count_new_rows
from landing.models import Analytics
from landing.tables.rollups import VisitorDay
from tests.analytics.rollups.figures import NOON, count_all, rollups, stored_rows, truth
from tests.analytics.rollups.test_counting import store_visits
from tests.analytics.rows import row, visitor

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


def forget() -> int:
    return deletion.forget_visitor(visitor(3))


def delete_some() -> int:
    return deletion.delete_rows(Analytics.objects.filter(pk__in=_every_third()))


def _every_third() -> list[int]:
    return list(Analytics.objects.order_by("pk").values_list("pk", flat=True))[::3]


@pytest.mark.parametrize("delete", [forget, delete_some])
def test_the_figures_stay_those_of_the_rows(delete: Callable[[], int]) -> None:
    store_visits(120)
    count_all()
    store_visits(30, seed=3)
    rows = Analytics.objects.count()

    deleted = delete()

    assert 0 < deleted == rows - Analytics.objects.count()
    assert count_all() <= 30
    assert rollups() == truth()


def test_deleting_all_rows_leaves_no_rollups() -> None:
    store_visits(50)
    count_all()

    assert deletion.delete_rows(Analytics.objects.all()) == 50

    assert stored_rows() == [0, 0, 0, 0, 0]


def test_forgetting_a_visitor_forgets_days_whose_dwell_rows_were_pruned() -> None:
    row(3, NOON - timedelta(days=5), event="heartbeat")
    count_all()
    Analytics.objects.all().delete()

    assert forget() == 0

    assert stored_rows() == [0, 0, 0, 0, 0]


def test_the_rollups_of_a_day_are_pruned_after_its_last_page_view() -> None:
    for days in (88, 90, 91, 92):
        row(1, NOON - timedelta(days=days), width="small")
    sum(count_new_rows())

    pruned = list(deletion.prune(NOON, 90, 3))

    assert max(pruned) <= 3
    assert sum(pruned) == 10
    assert stored_rows() == [2, 2, 2, 2, 2]
    assert deletion.count_old(NOON, 90) == 0
    kept = [day - NOON.toordinal() for day in VisitorDay.objects.values_list("day", flat=True)]
    assert sorted(kept) == [-90, -88]
