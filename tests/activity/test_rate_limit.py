"""At most so many within any minute reach the pages, decided once for each."""

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
from landing.models import Activity
from landing_site import environment

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def waiting(count: int = 1) -> list[int]:
    """The keys of so many activities of which nothing is decided."""
    rows = [Activity(kind="signup", text="joined") for _ in range(count)]
    for row in rows:
        row.save()
    return [row.pk for row in rows]


def decide(id: int, seconds: float = 0) -> Activity:
    decided = rate_limit.decide(id, NOON + timedelta(seconds=seconds))
    assert decided is not None
    return decided


@pytest.mark.django_db
class TestTurns:
    def test_of_a_hundred_in_ten_seconds_ten_reach_the_pages(self) -> None:
        decided = [decide(id, number / 10) for number, id in enumerate(waiting(100))]
        pushed = [each for each in decided if each.reach == Activity.Reach.PUSHED]
        assert pushed == decided[:10]
        assert {each.skipped for each in pushed} == {0}

    def test_the_first_after_a_minute_says_how_many_were_skipped(self) -> None:
        for number, id in enumerate(waiting(100)):
            decide(id, number / 10)
        first, second = (decide(id, 60.5) for id in waiting(2))
        assert (first.reach, first.skipped) == (Activity.Reach.PUSHED, 90)
        assert (second.reach, second.skipped) == (Activity.Reach.PUSHED, 0)

    def test_a_minute_is_any_sixty_seconds(self, settings: Settings) -> None:
        settings.LANDING_ACTIVITY_PER_MINUTE = 2
        moments = (0, 59, 59.5, 61, 62)
        reaches = [decide(*waiting(), at).reach for at in moments]
        assert reaches == [
            Activity.Reach.PUSHED,
            Activity.Reach.PUSHED,
            Activity.Reach.HELD,
            Activity.Reach.PUSHED,
            Activity.Reach.HELD,
        ]

    def test_it_is_decided_once(self) -> None:
        (id,) = waiting()
        decide(id)
        assert rate_limit.decide(id) is None
        assert rate_limit.decide(id + 1) is None, "there is none"

    def test_what_was_hidden_before_is_held_back_and_not_counted(self) -> None:
        hidden, *others = waiting(12)
        Activity.objects.filter(pk=hidden).update(is_hidden=True)
        assert decide(hidden).reach == Activity.Reach.HELD
        assert [decide(id, 1).reach for id in others] == [Activity.Reach.PUSHED] * 10 + [
            Activity.Reach.HELD
        ]
        (after,) = waiting()
        assert decide(after, 70).skipped == 1

    def test_with_a_limit_of_none_nothing_reaches_the_pages(self, settings: Settings) -> None:
        settings.LANDING_ACTIVITY_PER_MINUTE = 0
        assert decide(*waiting()).reach == Activity.Reach.HELD

    def test_decisions_have_an_order_even_where_a_clock_is_behind(self) -> None:
        moments = [decide(*waiting(), at).decided_at for at in (10, 3, 3)]
        assert moments == sorted(set(moments))

    def test_a_clock_that_was_an_hour_ahead_silences_nobody_once_it_is_right(self) -> None:
        for id in waiting(11):
            decide(id, 3600)
        first, *others = (decide(id, number) for number, id in enumerate(waiting(11)))
        assert (first.reach, first.skipped) == (Activity.Reach.PUSHED, 0)
        assert [each.reach for each in others] == [Activity.Reach.PUSHED] * 9 + [
            Activity.Reach.HELD
        ]
        (after,) = waiting()
        assert decide(after, 70).skipped == 1

    def test_the_cost_does_not_grow_with_the_table(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number, id in enumerate(waiting(30)):
            decide(id, number)
        (id,) = waiting()
        # The lock on PostgreSQL, and a savepoint or transaction around.
        extra = 1 if connections["default"].vendor == "postgresql" else 0
        with django_assert_num_queries(2 + 8 + extra):
            decide(id, 100)


@pytest.mark.django_db
class TestAnyFlood(TestCase):
    @example_settings(max_examples=30)
    @given(
        limit=st.integers(0, 4),
        gaps=st.lists(st.sampled_from([0.0, 0.5, 10, 29, 30, 59.9, 60, 61]), max_size=25),
    )
    def test_no_sixty_seconds_hold_more_and_every_one_is_accounted_for(
        self, limit: int, gaps: list[float]
    ) -> None:
        Activity.objects.all().delete()
        with self.settings(LANDING_ACTIVITY_PER_MINUTE=limit):
            seconds, decided = 0.0, []
            for gap, id in zip(gaps, waiting(len(gaps)), strict=True):
                seconds += gap
                decided.append(decide(id, seconds))
        pushed = [each for each in decided if each.reach == Activity.Reach.PUSHED]
        for first in pushed:
            assert first.decided_at is not None
            end = first.decided_at + rate_limit.WINDOW
            assert sum(first.decided_at <= each.decided_at < end for each in pushed) <= limit
        held_before_last = decided.index(pushed[-1]) + 1 - len(pushed) if pushed else 0
        assert sum(each.skipped for each in pushed) == held_before_last


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_decided_one_after_the_other(settings: Settings) -> None:
    settings.LANDING_ACTIVITY_PER_MINUTE = 3
    ids = waiting(12)

    def decide_in_a_thread(id: int) -> bool:
        try:
            return rate_limit.decide(id) is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        decided = list(pool.map(decide_in_a_thread, [*ids, *ids]))
    assert decided.count(True) == 12
    assert Activity.objects.filter(reach=Activity.Reach.PUSHED).count() == 3
    assert Activity.objects.filter(reach=Activity.Reach.HELD).count() == 9


@pytest.mark.django_db
def test_nobody_waits_for_long_for_who_has_a_turn_and_says_nothing(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = environment.database("NO_VARIABLE", postgres_url)
    gone, impatient, patient = (
        ConnectionHandler({"default": database})["default"] for _ in range(3)
    )
    for connection in (gone, impatient, patient):
        connection.set_autocommit(False)

    monkeypatch.setattr(rate_limit, "TURN_TIMEOUT", "1s")
    rate_limit._wait_for_our_turn(gone)
    monkeypatch.setattr(rate_limit, "TURN_TIMEOUT", "10ms")
    with pytest.raises(OperationalError, match="lock timeout"):
        rate_limit._wait_for_our_turn(impatient)
    monkeypatch.setattr(rate_limit, "TURN_TIMEOUT", "1min")
    rate_limit._wait_for_our_turn(patient)
    with pytest.raises(DatabaseError, match="idle-in-transaction"):
        gone.cursor().execute("SELECT 1")

    for connection in (gone, impatient, patient):
        connection.close()
