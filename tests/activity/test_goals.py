"""Activities by kind, as the dashboard shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from landing.activity import goals
from landing.activity.goals import KindCount
from landing.activity.kinds import KINDS
from landing.models import Activity

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

START = datetime(2026, 1, 31, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = (START, START + DAY)
BEFORE = (START - DAY, START - DAY / 2)


def store(kind: str, *times: datetime, **columns: bool) -> None:
    for at in times:
        Activity.objects.create(kind=kind, text="did it", created_at=at, **columns)


def test_each_kind_is_counted_in_both_ranges() -> None:
    last = START + DAY - timedelta(milliseconds=1)
    store("signup", START, last, START - DAY)
    store("purchase", START, START + DAY, START - DAY / 2)
    store("campaign", START - DAY / 2)
    store("milestone", START - DAY)

    assert goals.count_by_kind(NOW, BEFORE) == (
        KindCount("signup", 2, 1),
        KindCount("purchase", 1, 0),
        KindCount("milestone", 0, 1),
    )


def test_hidden_activities_count() -> None:
    store("purchase", START, is_hidden=True)

    assert goals.count_by_kind(NOW, BEFORE) == (KindCount("purchase", 1, 0),)


def test_one_query_counts_all_kinds() -> None:
    store("signup", START)
    store("purchase", START)
    with CaptureQueriesContext(connection) as queries:
        goals.count_by_kind(NOW, BEFORE)

    assert len(queries) == 1


def test_a_kind_that_no_visitor_does_is_not_a_goal() -> None:
    kinds = [kind for kind in KINDS if KindCount(kind, 1, 1).is_goal]

    assert {"signup", "purchase"} <= set(kinds)
    assert not {"campaign", "milestone"} & set(kinds)


def test_a_kind_that_is_no_longer_registered_has_its_slug_as_the_name() -> None:
    former = KindCount("webinar", 1, 1)

    assert former.is_goal
    assert former.name == "webinar"
    assert KindCount("signup", 1, 1).name == "Sign-up"
