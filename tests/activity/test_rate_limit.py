"""The rate limit: at most N activities within 60 seconds, each decided once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, OperationalError, connections
from django.db.utils import ConnectionHandler
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries, Settings

from landing.activity import rate_limit
from landing.models import Activity, Reach
from landing_site.environment import variables

pytestmark = pytest.mark.each_database

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def create_undecided(count: int = 1) -> list[int]:
    """Store undecided activities and return their primary keys."""
    rows = [Activity(kind="signup", text="joined") for _ in range(count)]
    for row in rows:
        row.save()
    return [row.pk for row in rows]


def decide(id: int, seconds: float = 0) -> Activity:
    decided = rate_limit.decide(id, NOON + timedelta(seconds=seconds))
    assert decided is not None
    return decided


@pytest.mark.django_db
class TestDecide:
    def test_ten_of_a_hundred_activities_in_ten_seconds_are_pushed(self) -> None:
        decided = [decide(id, number / 10) for number, id in enumerate(create_undecided(100))]
        pushed = [each for each in decided if each.reach == Reach.PUSHED]
        assert pushed == decided[:10]
        assert {each.skipped for each in pushed} == {0}

    def test_the_first_push_after_a_minute_carries_the_skipped_count(self) -> None:
        for number, id in enumerate(create_undecided(100)):
            decide(id, number / 10)
        first, second = (decide(id, 60.5) for id in create_undecided(2))
        assert (first.reach, first.skipped) == (Reach.PUSHED, 90)
        assert (second.reach, second.skipped) == (Reach.PUSHED, 0)

    def test_the_window_is_any_sixty_seconds(self, settings: Settings) -> None:
        settings.LANDING_ACTIVITY_PER_MINUTE = 2
        times = (0, 59, 59.5, 61, 62)
        reaches = [decide(*create_undecided(), at).reach for at in times]
        assert reaches == [Reach.PUSHED, Reach.PUSHED, Reach.HELD, Reach.PUSHED, Reach.HELD]

    def test_an_activity_is_decided_once(self) -> None:
        (id,) = create_undecided()
        decide(id)
        assert rate_limit.decide(id) is None
        assert rate_limit.decide(id + 1) is None, "this activity does not exist"

    def test_a_hidden_activity_is_held_and_not_counted(self) -> None:
        hidden, *others = create_undecided(12)
        Activity.objects.filter(pk=hidden).update(is_hidden=True)
        assert decide(hidden).reach == Reach.HELD
        assert [decide(id, 1).reach for id in others] == [Reach.PUSHED] * 10 + [Reach.HELD]
        (after,) = create_undecided()
        assert decide(after, 70).skipped == 1

    def test_a_limit_of_zero_pushes_nothing(self, settings: Settings) -> None:
        settings.LANDING_ACTIVITY_PER_MINUTE = 0
        assert decide(*create_undecided()).reach == Reach.HELD

    def test_decision_times_rise_even_if_a_clock_is_behind(self) -> None:
        times = [decide(*create_undecided(), at).decided_at for at in (10, 3, 3)]
        assert times == sorted(set(times))

    def test_decisions_by_a_clock_an_hour_ahead_do_not_block_later_ones(self) -> None:
        for id in create_undecided(11):
            decide(id, 3600)
        first, *others = (decide(id, number) for number, id in enumerate(create_undecided(11)))
        assert (first.reach, first.skipped) == (Reach.PUSHED, 0)
        assert [each.reach for each in others] == [Reach.PUSHED] * 9 + [Reach.HELD]
        (after,) = create_undecided()
        assert decide(after, 70).skipped == 1

    def test_the_query_count_does_not_grow_with_the_table(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number, id in enumerate(create_undecided(30)):
            decide(id, number)
        (id,) = create_undecided()
        # PostgreSQL adds the lock. A savepoint or transaction surrounds the statements.
        extra = 1 if connections["default"].vendor == "postgresql" else 0
        with django_assert_num_queries(2 + 8 + extra):
            decide(id, 100)


@pytest.mark.django_db
class TestDecideWithAnyTiming(TestCase):
    @example_settings(max_examples=30)
    @given(
        limit=st.integers(0, 4),
        gaps=st.lists(st.sampled_from([0.0, 0.5, 10, 29, 30, 59.9, 60, 61]), max_size=25),
    )
    def test_no_window_exceeds_the_limit_and_skipped_counts_add_up(
        self, limit: int, gaps: list[float]
    ) -> None:
        Activity.objects.all().delete()
        with self.settings(LANDING_ACTIVITY_PER_MINUTE=limit):
            seconds, decided = 0.0, []
            for gap, id in zip(gaps, create_undecided(len(gaps)), strict=True):
                seconds += gap
                decided.append(decide(id, seconds))
        pushed = [each for each in decided if each.reach == Reach.PUSHED]
        for first in pushed:
            assert first.decided_at is not None
            end = first.decided_at + rate_limit.WINDOW
            assert sum(first.decided_at <= each.decided_at < end for each in pushed) <= limit
        held_before_last = decided.index(pushed[-1]) + 1 - len(pushed) if pushed else 0
        assert sum(each.skipped for each in pushed) == held_before_last


@pytest.mark.django_db(transaction=True)
def test_concurrent_decisions_are_serialized(settings: Settings) -> None:
    settings.LANDING_ACTIVITY_PER_MINUTE = 3
    ids = create_undecided(12)

    def decide_in_a_thread(id: int) -> bool:
        try:
            return rate_limit.decide(id) is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        decided = list(pool.map(decide_in_a_thread, [*ids, *ids]))
    assert decided.count(True) == 12
    assert Activity.objects.filter(reach=Reach.PUSHED).count() == 3
    assert Activity.objects.filter(reach=Reach.HELD).count() == 9


@pytest.mark.django_db
def test_an_idle_lock_holder_does_not_block_others_for_long(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = variables.Environment({"DATABASE_URL": postgres_url}).database("DATABASE_URL", {})
    gone, impatient, patient = (
        ConnectionHandler({"default": database})["default"] for _ in range(3)
    )
    for connection in (gone, impatient, patient):
        connection.set_autocommit(False)

    monkeypatch.setattr(rate_limit, "LOCK_TIMEOUT", "1s")
    rate_limit._lock_decisions(gone)
    monkeypatch.setattr(rate_limit, "LOCK_TIMEOUT", "10ms")
    with pytest.raises(OperationalError, match="lock timeout"):
        rate_limit._lock_decisions(impatient)
    monkeypatch.setattr(rate_limit, "LOCK_TIMEOUT", "1min")
    rate_limit._lock_decisions(patient)
    with pytest.raises(DatabaseError, match="idle-in-transaction"):
        gone.cursor().execute("SELECT 1")

    for connection in (gone, impatient, patient):
        connection.close()
