"""The newest activities, as pages show them."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries, Settings

from landing.activity import rate_limit, recent
from landing.activity.delivery import catch_up
from landing.activity.publishing import publish
from landing.live.feed import Item
from landing.models import Activity, Reach
from tests.activity.recording_worker import RecordingWorker
from tests.admin.test_changelist import plans, reads_or_sorts_all
from tests.analytics.rows import analyze

pytestmark = pytest.mark.each_database


@pytest.mark.django_db
class TestRecent:
    @pytest.fixture(autouse=True)
    def _rows(self, settings: Settings) -> None:
        settings.LANDING_ACTIVITY_PER_MINUTE = 3
        for text in ("one", "two", "three", "four"):
            rate_limit.decide(publish(kind="campaign", text=text).pk)

    def test_a_process_without_a_worker_queries_the_table(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(1):
            assert [item.text for item in recent.recent_items(2)] == ["three", "two"]

    def test_a_process_with_a_worker_makes_no_query(
        self, live: RecordingWorker, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        live.reconcile_feed(catch_up())
        with django_assert_num_queries(0):
            assert [item.text for item in recent.recent_items(2)] == ["three", "two"]

    def test_an_event_loop_without_a_worker_gets_no_items(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        async def read() -> list[Item]:
            return list(recent.recent_items())

        with django_assert_num_queries(0):
            assert async_to_sync(read)() == []

    def test_an_item_does_not_depend_on_the_active_language(self, live: RecordingWorker) -> None:
        Activity.objects.all().delete()
        publish(kind="campaign", text="five")
        with translation.override("de"):
            catch_up()
        assert catch_up() == live.published

    def test_catching_up_pushes_the_activities_that_it_decides(self, live: RecordingWorker) -> None:
        Activity.objects.all().delete()
        published = publish(kind="campaign", text="five")
        catch_up()
        assert [change.id for change in live.published] == [published.pk]

    def test_catching_up_decides_undecided_activities_first(self, settings: Settings) -> None:
        settings.LANDING_ACTIVITY_PER_MINUTE = 4
        publish(kind="campaign", text="five")
        newest = catch_up()
        assert [item.text for item in newest] == ["five", "three", "two", "one"]
        assert newest[0].skipped == 1

    def test_catching_up_uses_an_index_even_with_outdated_statistics(self) -> None:
        made = Activity.objects.bulk_create(
            Activity(kind="signup", text="joined", decided_at=timezone.now(), reach=Reach.HELD)
            for _ in range(3_000)
        )
        some = Activity.objects.filter(pk__in=[row.pk for row in made[-300:]])
        some.update(reach=Reach.WAITING, decided_at=None)
        analyze()
        some.update(reach=Reach.HELD, decided_at=timezone.now())
        with plans() as found:
            catch_up()
        assert found and all("landing_activity_" in plan for _, plan in found)
        assert not any(
            "landing_activity_pkey" in plan or reads_or_sorts_all(plan) for _, plan in found
        )
