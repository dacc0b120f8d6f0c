"""Publishing: storing, pushing after the commit, validation, hiding, and the feed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from landing.activity import rate_limit, recent
from landing.activity.delivery import catch_up
from landing.activity.moderation import hide
from landing.activity.publishing import apublish, publish
from landing.activity.text import clean
from landing.activity.validation import InvalidActivity
from landing.live.feed import FEED_ITEMS, Removed
from landing.models import TEXT_LENGTH, Activity, Reach
from landing.signals import activity_published
from tests.activity.recording_worker import JOINED, RecordingWorker
from tests.activity.test_text import ANYTHING
from tests.metrics import samples

pytestmark = pytest.mark.each_database


Committing = DjangoCaptureOnCommitCallbacks


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db
class TestPublish:
    def test_an_activity_is_stored_at_once_and_pushed_after_the_commit(
        self, live: RecordingWorker, django_capture_on_commit_callbacks: Committing
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            published = publish(**JOINED, data={"plan": "free"})
            stored = Activity.objects.get()
            assert (stored.pk, stored.reach) == (published.pk, Reach.WAITING)
            assert (stored.kind, stored.text, stored.actor) == ("signup", "joined", "Ana María")
            assert stored.data == {"plan": "free"}
            assert live.published == []
        stored.refresh_from_db()
        assert stored.reach == Reach.PUSHED
        assert live.published == [recent.item_of(stored)]
        assert live.published[0].actor == "Ana", "only the public part of the name"  # type: ignore[union-attr]

    def test_a_held_activity_is_stored_and_not_pushed(
        self,
        live: RecordingWorker,
        settings: Settings,
        django_capture_on_commit_callbacks: Committing,
    ) -> None:
        settings.LANDING_ACTIVITY_PER_MINUTE = 1
        with (
            samples.hits_of_limits() as counted,
            django_capture_on_commit_callbacks(execute=True),
        ):
            first, second = publish(**JOINED), publish(**JOINED)
        assert [change.id for change in live.published] == [first.pk]
        assert counted == {"activities": 1}
        second.refresh_from_db()
        assert second.reach == Reach.HELD

    def test_the_signal_is_sent_after_the_commit(
        self, django_capture_on_commit_callbacks: Committing
    ) -> None:
        received: list[Activity] = []

        def receive(activity: Activity, **_: Any) -> None:
            received.append(activity)
            raise RuntimeError("a failing receiver")

        activity_published.connect(receive)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                published = publish(**JOINED)
                assert received == []
        finally:
            activity_published.disconnect(receive)
        assert [each.pk for each in received] == [published.pk]
        assert received[0].reach == Reach.PUSHED

    def test_the_signal_is_sent_even_if_the_decision_fails(
        self, django_capture_on_commit_callbacks: Committing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(id: int) -> None:
            raise DatabaseError("lock timeout")

        monkeypatch.setattr(rate_limit, "decide", fail)
        received: list[Activity] = []

        def receive(activity: Activity, **_: Any) -> None:
            received.append(activity)

        activity_published.connect(receive)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                published = publish(**JOINED)
        finally:
            activity_published.disconnect(receive)
        assert received == [published]

    def test_catching_up_finds_an_activity_published_without_worker_and_redis(
        self, django_capture_on_commit_callbacks: Committing
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            published = publish(**JOINED)
        assert [item.id for item in catch_up()] == [published.pk]

    def test_created_at_is_stored_in_whole_milliseconds(self) -> None:
        time = datetime(2026, 1, 31, 12, 0, 0, 123_456, tzinfo=UTC)
        published = publish(**JOINED, created_at=time)
        published.refresh_from_db()
        assert published.created_at == time.replace(microsecond=123_000)
        assert recent.item_of(published).timestamp_ms == 1_769_860_800_123

    def test_texts_are_cleaned_and_shortened(self) -> None:
        published = publish(kind="signup", text="x\0" * 5_000, actor="\u202eAna " + "y" * 200)
        published.refresh_from_db()
        assert len(published.text) == TEXT_LENGTH
        assert published.text.endswith("…")
        assert published.actor.startswith("Ana y")

    @pytest.mark.parametrize(
        ("fields", "field", "message"),
        [
            ({"kind": "sign-up"}, "kind", "campaign, milestone, purchase, signup"),
            ({"kind": ""}, "kind", "Known kinds"),
            ({"text": " \n"}, "text", "may not be blank"),
            ({"text": "\u202e\0"}, "text", "may not be blank"),
            ({"data": {"a": float("nan")}}, "data", "JSON"),
            ({"data": {"a": object()}}, "data", "JSON"),
            ({"data": {"a": "\ud800"}}, "data", "JSON"),
            ({"data": {"a": ["\0"]}}, "data", "NUL"),
            ({"data": {"\0": 1}}, "data", "NUL"),
            ({"data": {"a": "x" * 5_000}}, "data", "4096 bytes"),
            ({"data": [1]}, "data", "JSON"),
            ({"external_id": ""}, "external_id", "1 to 200"),
            ({"external_id": "x" * 201}, "external_id", "1 to 200"),
            ({"external_id": "a\0b"}, "external_id", "printable"),
            ({"created_at": datetime(2026, 1, 31)}, "created_at", "time zone"),  # noqa: DTZ001
            ({"created_at": datetime(1969, 1, 1, tzinfo=UTC)}, "created_at", "1970"),
            ({"created_at": timezone.now() + timedelta(days=1)}, "created_at", "future"),
        ],
    )
    def test_an_invalid_field_raises_an_error_with_its_name(
        self, fields: dict[str, Any], field: str, message: str
    ) -> None:
        with pytest.raises(InvalidActivity) as caught:
            publish(**{**JOINED, **fields})
        assert list(caught.value.errors) == [field]
        assert message in str(caught.value)
        assert not Activity.objects.exists()

    def test_the_error_names_all_invalid_fields(self) -> None:
        with pytest.raises(InvalidActivity) as caught:
            publish(kind="x", text="", data={"a": "\0"})
        assert list(caught.value.errors) == ["kind", "text", "data"]

    @pytest.mark.parametrize("data", [{"a": "\\u0000"}, {"a": "👩🏽"}, {"a": "\\\\"}, {}])
    def test_data_is_stored_unchanged(self, data: dict[str, Any]) -> None:
        published = publish(**JOINED, data=data)
        published.refresh_from_db()
        assert published.data == data

    def test_publishing_costs_two_statements_before_the_commit(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(4):  # with the savepoint
            publish(**JOINED)

    @pytest.mark.parametrize("ahead", [timedelta(milliseconds=1), timedelta(hours=23)])
    def test_after_the_clock_was_set_back_a_new_activity_is_still_the_newest(
        self, ahead: timedelta
    ) -> None:
        before = publish(**JOINED)
        Activity.objects.update(created_at=before.created_at + ahead)
        after, later = publish(**JOINED), publish(**JOINED)
        assert list(Activity.objects.newest_first()) == [later, after, before]

    def test_a_given_time_stays_after_the_clock_was_set_back(self) -> None:
        publish(**JOINED)
        Activity.objects.update(created_at=timezone.now() + timedelta(hours=1))
        noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
        assert publish(**JOINED, created_at=noon).created_at == noon

    def test_a_clock_that_was_years_ahead_does_not_block_the_feed(self) -> None:
        years = timezone.now() + timedelta(days=3650)
        for _ in range(FEED_ITEMS):
            rate_limit.decide(publish(**JOINED).pk)
        Activity.objects.update(created_at=years, decided_at=years)
        after = publish(**JOINED)
        rate_limit.decide(after.pk)
        assert after.created_at <= timezone.now()
        assert [item.id for item in recent.recent_items()] == [after.pk]


@pytest.mark.django_db
class TestExternalId:
    def test_publishing_an_external_id_twice_stores_one_activity(
        self, live: RecordingWorker, django_capture_on_commit_callbacks: Committing
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            first = publish(**JOINED, external_id="order-7")
        with django_capture_on_commit_callbacks(execute=True):
            second = publish(**JOINED, external_id="order-7")
        assert first.pk == second.pk
        assert Activity.objects.count() == len(live.published) == 1

    def test_another_text_under_the_same_external_id_raises_an_error(self) -> None:
        publish(**JOINED, external_id="order-7")
        with pytest.raises(
            InvalidActivity, match="external_id: Already published with another text"
        ) as caught:
            publish(**{**JOINED, "text": "left"}, external_id="order-7")
        assert list(caught.value.errors) == ["external_id"]
        assert Activity.objects.count() == 1

    def test_a_shortened_text_equals_its_repetition(self) -> None:
        long = {**JOINED, "text": "word " * 200}
        assert publish(**long, external_id="a").pk == publish(**long, external_id="a").pk


@pytest.mark.django_db(transaction=True)
class TestTransactions:
    def test_a_rollback_stores_and_pushes_nothing(self, live: RecordingWorker) -> None:
        with rolled_back():
            publish(**JOINED)
        assert live.published == []
        assert not Activity.objects.exists()

    def test_the_activity_is_pushed_at_the_commit(self, live: RecordingWorker) -> None:
        with transaction.atomic():
            published = publish(**JOINED)
            assert live.published == []
        assert [change.id for change in live.published] == [published.pk]

    def test_a_failed_decision_is_logged_and_repeated(
        self,
        live: RecordingWorker,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def fail(id: int) -> None:
            raise DatabaseError("gone")

        with monkeypatch.context() as broken:
            broken.setattr(rate_limit, "decide", fail)
            published = publish(**JOINED)
        assert live.published == []
        assert "on_commit" in caplog.text
        assert [item.id for item in catch_up()] == [published.pk]
        published.refresh_from_db()
        assert published.reach == Reach.PUSHED

    async def test_apublish_can_be_awaited(self, live: RecordingWorker) -> None:
        published = await apublish(**JOINED)
        assert [change.id for change in live.published] == [published.pk]

    def test_a_rollback_frees_the_external_id(self) -> None:
        with rolled_back():
            publish(**JOINED, external_id="order-7")
        assert publish(**JOINED, external_id="order-7").pk

    def test_hiding_is_pushed_after_the_commit(self, live: RecordingWorker) -> None:
        published = publish(**JOINED)
        with rolled_back():
            hide([published.pk])
        assert len(live.published) == 1
        with transaction.atomic():
            assert hide([published.pk]) == 1
            assert len(live.published) == 1
        assert live.published[1:] == [Removed(published.pk)]


@pytest.mark.django_db
class TestAnyText(TestCase):
    @example_settings(max_examples=60)
    @given(text=ANYTHING, actor=ANYTHING)
    def test_any_text_is_stored_and_read_back_or_raises_an_error(
        self, text: str, actor: str
    ) -> None:
        if not clean(text):
            with pytest.raises(InvalidActivity, match=r"^text: "):
                publish(kind="signup", text=text, actor=actor)
            return
        published = publish(kind="signup", text=text, actor=actor)
        stored = Activity.objects.get(pk=published.pk)
        assert (stored.text, stored.actor) == (published.text, published.actor)
        item = recent.item_of(stored)
        assert item.text and item.actor and len(item.text) <= TEXT_LENGTH
