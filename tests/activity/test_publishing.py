"""Publishing: what is stored, when it is pushed, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync
from django.db import DatabaseError, transaction
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from landing.activity import delivery, moderation, rate_limit, recent
from landing.activity.delivery import catch_up
from landing.activity.moderation import hide, show
from landing.activity.publishing import apublish, publish
from landing.activity.text import clean
from landing.activity.validation import InvalidActivity
from landing.live import worker
from landing.live.feed import FEED_ITEMS, FeedChange, Item, Removed
from landing.live.worker import Worker
from landing.models import TEXT_LENGTH, Activity
from landing.signals import activity_published
from tests.activity.test_text import ANYTHING
from tests.admin.test_changelist import plans, reads_or_sorts_all
from tests.analytics.rows import analyze
from tests.live.runtime import Bench

JOINED = {"kind": "signup", "text": "joined", "actor": "Ana María"}

Committing = DjangoCaptureOnCommitCallbacks


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Telling:
    """A worker of this process, as publishing knows it: what it was given to announce."""

    def __init__(self) -> None:
        self.told: list[FeedChange] = []
        self.broadcaster = Bench().worker.broadcaster

    def announce(self, news: FeedChange) -> None:
        self.told.append(news)
        self.broadcaster.hear(news)


@pytest.fixture
def live() -> Iterator[Telling]:
    before, telling = worker.current(), Telling()
    worker.set_current(cast("Worker", telling))
    yield telling
    worker.set_current(before)


@pytest.mark.django_db
class TestPublish:
    def test_it_is_stored_at_once_and_pushed_after_the_commit(
        self, live: Telling, django_capture_on_commit_callbacks: Committing
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            published = publish(**JOINED, data={"plan": "free"})
            stored = Activity.objects.get()
            assert (stored.pk, stored.reach) == (published.pk, Activity.Reach.WAITING)
            assert (stored.kind, stored.text, stored.actor) == ("signup", "joined", "Ana María")
            assert stored.data == {"plan": "free"}
            assert live.told == []
        stored.refresh_from_db()
        assert stored.reach == Activity.Reach.PUSHED
        assert live.told == [recent.item_of(stored)]
        assert live.told[0].actor == "Ana", "as much of the name as the site shows"  # type: ignore[union-attr]

    def test_what_is_held_back_is_stored_and_not_told(
        self,
        live: Telling,
        settings: Settings,
        django_capture_on_commit_callbacks: Committing,
    ) -> None:
        settings.LANDING_ACTIVITY_PER_MINUTE = 1
        with django_capture_on_commit_callbacks(execute=True):
            first, second = publish(**JOINED), publish(**JOINED)
        assert [news.id for news in live.told] == [first.pk]
        second.refresh_from_db()
        assert second.reach == Activity.Reach.HELD

    def test_receivers_are_told_of_each_after_the_commit(
        self, django_capture_on_commit_callbacks: Committing
    ) -> None:
        heard: list[Activity] = []

        def receive(activity: Activity, **_: Any) -> None:
            heard.append(activity)
            raise RuntimeError("a receiver of the site's own")

        activity_published.connect(receive)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                published = publish(**JOINED)
                assert heard == []
        finally:
            activity_published.disconnect(receive)
        assert [each.pk for each in heard] == [published.pk]
        assert heard[0].reach == Activity.Reach.PUSHED

    def test_receivers_are_told_also_where_the_decision_fails(
        self, django_capture_on_commit_callbacks: Committing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(id: int) -> None:
            raise DatabaseError("no turn in time")

        monkeypatch.setattr(rate_limit, "decide", fail)
        heard: list[Activity] = []

        def receive(activity: Activity, **_: Any) -> None:
            heard.append(activity)

        activity_published.connect(receive)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                published = publish(**JOINED)
        finally:
            activity_published.disconnect(receive)
        assert heard == [published]

    def test_without_a_worker_and_without_redis_the_others_find_it_in_the_table(
        self, django_capture_on_commit_callbacks: Committing
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            published = publish(**JOINED)
        assert [item.id for item in catch_up()] == [published.pk]

    def test_when_it_happened_is_kept_in_whole_milliseconds(self) -> None:
        moment = datetime(2026, 1, 31, 12, 0, 0, 123_456, tzinfo=UTC)
        published = publish(**JOINED, created_at=moment)
        published.refresh_from_db()
        assert published.created_at == moment.replace(microsecond=123_000)
        assert recent.item_of(published).timestamp_ms == 1_769_860_800_123

    def test_a_text_that_is_too_long_is_cut_and_an_unprintable_one_cleaned(self) -> None:
        published = publish(kind="signup", text="x\0" * 5_000, actor="\u202eAna " + "y" * 200)
        published.refresh_from_db()
        assert len(published.text) == TEXT_LENGTH
        assert published.text.endswith("…")
        assert published.actor.startswith("Ana y")

    @pytest.mark.parametrize(
        ("fields", "field", "said"),
        [
            ({"kind": "sign-up"}, "kind", "campaign, milestone, purchase, signup"),
            ({"kind": ""}, "kind", "Known kinds"),
            ({"text": " \n"}, "text", "nothing to be seen"),
            ({"text": "\u202e\0"}, "text", "nothing to be seen"),
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
    def test_what_makes_no_sense_is_refused_by_name_and_not_stored(
        self, fields: dict[str, Any], field: str, said: str
    ) -> None:
        with pytest.raises(InvalidActivity) as refused:
            publish(**{**JOINED, **fields})
        assert list(refused.value.errors) == [field]
        assert said in str(refused.value)
        assert not Activity.objects.exists()

    def test_all_that_is_wrong_is_said_at_once(self) -> None:
        with pytest.raises(InvalidActivity) as refused:
            publish(kind="x", text="", data={"a": "\0"})
        assert list(refused.value.errors) == ["kind", "text", "data"]

    @pytest.mark.parametrize("data", [{"a": "\\u0000"}, {"a": "👩🏽"}, {"a": "\\\\"}, {}])
    def test_data_comes_back_as_it_was(self, data: dict[str, Any]) -> None:
        published = publish(**JOINED, data=data)
        published.refresh_from_db()
        assert published.data == data

    def test_it_costs_one_statement_before_the_commit(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(3):  # with the savepoint around it
            publish(**JOINED)


@pytest.mark.django_db
class TestOnce:
    def test_the_same_external_id_publishes_once(
        self, live: Telling, django_capture_on_commit_callbacks: Committing
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            first = publish(**JOINED, external_id="order-7")
        with django_capture_on_commit_callbacks(execute=True):
            second = publish(**JOINED, external_id="order-7")
        assert first.pk == second.pk
        assert Activity.objects.count() == len(live.told) == 1

    def test_another_activity_under_it_is_refused(self) -> None:
        publish(**JOINED, external_id="order-7")
        with pytest.raises(InvalidActivity, match="external_id: Something else") as refused:
            publish(**{**JOINED, "text": "left"}, external_id="order-7")
        assert list(refused.value.errors) == ["external_id"]
        assert Activity.objects.count() == 1

    def test_what_was_cut_is_the_same_when_it_comes_again(self) -> None:
        long = {**JOINED, "text": "word " * 200}
        assert publish(**long, external_id="a").pk == publish(**long, external_id="a").pk


@pytest.mark.django_db(transaction=True)
class TestTransactions:
    def test_a_rollback_leaves_nothing_and_tells_nobody(self, live: Telling) -> None:
        with rolled_back():
            publish(**JOINED)
        assert live.told == []
        assert not Activity.objects.exists()

    def test_the_commit_pushes(self, live: Telling) -> None:
        with transaction.atomic():
            published = publish(**JOINED)
            assert live.told == []
        assert [news.id for news in live.told] == [published.pk]

    def test_a_failing_decision_fails_no_caller_and_is_made_up_for(
        self, live: Telling, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(id: int) -> None:
            raise DatabaseError("gone")

        with monkeypatch.context() as broken:
            broken.setattr(rate_limit, "decide", fail)
            published = publish(**JOINED)
        assert live.told == []
        assert "on_commit" in caplog.text
        assert [item.id for item in catch_up()] == [published.pk]
        published.refresh_from_db()
        assert published.reach == Activity.Reach.PUSHED

    async def test_it_can_be_awaited(self, live: Telling) -> None:
        published = await apublish(**JOINED)
        assert [news.id for news in live.told] == [published.pk]

    def test_a_rolled_back_rival_gives_its_external_id_free(self) -> None:
        with rolled_back():
            publish(**JOINED, external_id="order-7")
        assert publish(**JOINED, external_id="order-7").pk

    def test_taking_back_waits_for_the_commit_too(self, live: Telling) -> None:
        published = publish(**JOINED)
        with rolled_back():
            hide([published.pk])
        assert len(live.told) == 1
        with transaction.atomic():
            assert hide([published.pk]) == 1
            assert len(live.told) == 1
        assert live.told[1:] == [Removed(published.pk)]


@pytest.mark.django_db
class TestHideAndShow:
    @pytest.fixture(autouse=True)
    def _at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What waits for a commit is done on the spot."""
        monkeypatch.setattr(delivery, "after_commit", lambda do, what: do(what))

    def test_what_is_hidden_disappears_and_what_is_shown_comes_back(self, live: Telling) -> None:
        first, second = publish(**JOINED), publish(**JOINED)
        assert hide([first.pk, second.pk]) == 2
        assert recent.recent_items() == ()
        assert hide([first.pk]) == 0, "it is hidden already"
        assert show([first.pk]) == 1
        assert live.told[2:] == [
            Removed(first.pk),
            Removed(second.pk),
            recent.item_of(Activity.objects.get(pk=first.pk)),
        ]
        assert [item.id for item in recent.recent_items()] == [first.pk]

    def test_what_never_reached_the_pages_is_not_put_there(
        self, live: Telling, settings: Settings
    ) -> None:
        settings.LANDING_ACTIVITY_PER_MINUTE = 0
        held = publish(**JOINED)
        assert (hide([held.pk]), show([held.pk])) == (1, 1)
        assert live.told == []

    def test_what_is_decided_while_it_is_being_hidden_disappears_too(
        self, live: Telling, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = Activity.objects.create(kind="signup", text="joined")
        set_hidden = moderation._set_hidden

        def after_the_decision(*which: Any) -> Any:
            delivery.decide(row.pk)
            return set_hidden(*which)

        monkeypatch.setattr(moderation, "_set_hidden", after_the_decision)
        hide([row.pk])
        assert live.told[1:] == [Removed(row.pk)]

    def test_thousands_are_hidden_with_a_few_statements(
        self, live: Telling, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        Activity.objects.bulk_create(
            Activity(kind="signup", text="joined", reach=Activity.Reach.PUSHED)
            for _ in range(1_200)
        )
        ids = list(Activity.objects.values_list("pk", flat=True))
        with django_assert_max_num_queries(10):
            assert hide(ids) == 1_200
        assert {news.id for news in live.told} == set(ids[-FEED_ITEMS:])


@pytest.mark.django_db
class TestRecent:
    @pytest.fixture(autouse=True)
    def _rows(self, settings: Settings) -> None:
        settings.LANDING_ACTIVITY_PER_MINUTE = 3
        for text in ("one", "two", "three", "four"):
            rate_limit.decide(publish(kind="campaign", text=text).pk)

    def test_a_process_without_a_worker_reads_the_table(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(1):
            assert [item.text for item in recent.recent_items(2)] == ["three", "two"]

    def test_one_with_a_worker_asks_it_and_makes_no_query(
        self, live: Telling, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        live.broadcaster.adopt(catch_up())
        with django_assert_num_queries(0):
            assert [item.text for item in recent.recent_items(2)] == ["three", "two"]

    def test_in_an_event_loop_nothing_is_waited_for(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        async def ask() -> list[Item]:
            return list(recent.recent_items())

        with django_assert_num_queries(0):
            assert async_to_sync(ask)() == []

    def test_somebody_without_a_name_is_called_alike_whoever_published_and_whoever_reads(
        self, live: Telling
    ) -> None:
        Activity.objects.all().delete()
        publish(kind="campaign", text="five")
        with translation.override("de"):
            catch_up()
        assert catch_up() == live.told

    def test_catching_up_tells_the_others_of_what_it_decided(self, live: Telling) -> None:
        Activity.objects.all().delete()
        published = publish(kind="campaign", text="five")
        catch_up()
        assert [news.id for news in live.told] == [published.pk]

    def test_catching_up_decides_first_what_nobody_decided(self, settings: Settings) -> None:
        settings.LANDING_ACTIVITY_PER_MINUTE = 4
        publish(kind="campaign", text="five")
        newest = catch_up()
        assert [item.text for item in newest] == ["five", "three", "two", "one"]
        assert newest[0].skipped == 1

    def test_catching_up_walks_no_table_whatever_statistics_remember(self) -> None:
        made = Activity.objects.bulk_create(
            Activity(
                kind="signup", text="joined", decided_at=timezone.now(), reach=Activity.Reach.HELD
            )
            for _ in range(3_000)
        )
        some = Activity.objects.filter(pk__in=[row.pk for row in made[-300:]])
        some.update(reach=Activity.Reach.WAITING, decided_at=None)
        analyze()
        some.update(reach=Activity.Reach.HELD, decided_at=timezone.now())
        with plans() as found:
            catch_up()
        assert found and all("landing_activity_" in plan for _, plan in found)
        assert not any(
            "landing_activity_pkey" in plan or reads_or_sorts_all(plan) for _, plan in found
        )


@pytest.mark.django_db
class TestWhateverGoesIn(TestCase):
    @example_settings(max_examples=60)
    @given(text=ANYTHING, actor=ANYTHING)
    def test_what_is_published_can_be_stored_and_read_again(self, text: str, actor: str) -> None:
        if not clean(text):
            with pytest.raises(InvalidActivity, match=r"^text: "):
                publish(kind="signup", text=text, actor=actor)
            return
        published = publish(kind="signup", text=text, actor=actor)
        stored = Activity.objects.get(pk=published.pk)
        assert (stored.text, stored.actor) == (published.text, published.actor)
        item = recent.item_of(stored)
        assert item.text and item.actor and len(item.text) <= TEXT_LENGTH
