"""Hiding activities, and showing them again."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from landing.activity import delivery, moderation, recent
from landing.activity.moderation import hide, show
from landing.activity.publishing import publish
from landing.live.feed import FEED_ITEMS, Removed
from landing.models import Activity, Reach
from tests.activity.recording_worker import JOINED, RecordingWorker

pytestmark = pytest.mark.each_database


@pytest.mark.django_db
class TestHideAndShow:
    @pytest.fixture(autouse=True)
    def _run_callbacks_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(delivery, "after_commit", lambda action, argument: action(argument))

    def test_hidden_activities_disappear_and_shown_ones_come_back(
        self, live: RecordingWorker
    ) -> None:
        first, second = publish(**JOINED), publish(**JOINED)
        assert hide([first.pk, second.pk]) == 2
        assert recent.recent_items() == ()
        assert hide([first.pk]) == 0, "already hidden"
        assert show([first.pk]) == 1
        assert live.published[2:] == [
            Removed(first.pk),
            Removed(second.pk),
            recent.item_of(Activity.objects.get(pk=first.pk)),
        ]
        assert [item.id for item in recent.recent_items()] == [first.pk]

    def test_hiding_and_showing_a_held_activity_pushes_nothing(
        self, live: RecordingWorker, settings: Settings
    ) -> None:
        settings.LANDING_ACTIVITY_PER_MINUTE = 0
        held = publish(**JOINED)
        assert (hide([held.pk]), show([held.pk])) == (1, 1)
        assert live.published == []

    def test_an_activity_decided_while_it_is_hidden_disappears(
        self, live: RecordingWorker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = Activity.objects.create(kind="signup", text="joined")
        update_rows = moderation._update_rows

        def decide_first(*arguments: Any) -> Any:
            delivery.decide(row.pk)
            return update_rows(*arguments)

        monkeypatch.setattr(moderation, "_update_rows", decide_first)
        hide([row.pk])
        assert live.published[1:] == [Removed(row.pk)]

    def test_hiding_thousands_takes_a_few_statements(
        self, live: RecordingWorker, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        Activity.objects.bulk_create(
            Activity(kind="signup", text="joined", reach=Reach.PUSHED) for _ in range(1_200)
        )
        ids = list(Activity.objects.values_list("pk", flat=True))
        with django_assert_max_num_queries(10):
            assert hide(ids) == 1_200
        assert {change.id for change in live.published} == set(ids[-FEED_ITEMS:])
