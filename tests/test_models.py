from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from landing.models import Analytics, CountSample
from tests.analytics.rows import row, visitor

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


def test_a_visitor_id_is_stored_unchanged() -> None:
    row(7)

    read = Analytics.objects.get().visitor_id

    assert isinstance(read, bytes)
    assert read == visitor(7)


def test_a_visitor_is_shown_as_32_hex_digits() -> None:
    stored = row(255)

    assert stored.visitor == "0" * 30 + "ff"
    assert str(Analytics(visitor_id=visitor(255), event="page_view", path="/")) == (
        "page_view / by " + "0" * 30 + "ff"
    )


@pytest.mark.parametrize("wrong", [b"", b"short", b"x" * 17])
def test_the_database_rejects_a_visitor_id_of_a_wrong_length(wrong: bytes) -> None:
    with pytest.raises(IntegrityError):
        row(visitor_id=wrong)


def test_the_database_rejects_an_unknown_event() -> None:
    with pytest.raises(IntegrityError):
        row(event="guess")


def test_deleting_a_user_clears_the_user_of_its_rows(django_user_model: Any) -> None:
    ana = django_user_model.objects.create_user("ana")
    row(user=ana)

    ana.delete()

    assert Analytics.objects.get().user_id is None


def test_a_row_of_a_deleted_user_can_be_written() -> None:
    row(user_id=4711)
    connection.check_constraints()

    assert Analytics.objects.select_related("user").get().user is None


def test_no_column_holds_an_address_or_a_user_agent() -> None:
    columns = {field.column for field in Analytics._meta.get_fields()}

    assert columns == {
        "id",
        "visitor_id",
        "user_id",
        "event",
        "path",
        "referrer_host",
        "utm_source",
        "utm_campaign",
        "language",
        "width",
        "created_at",
        "data",
    }


def test_a_visitor_has_one_dwell_row_per_time_and_any_count_of_page_views() -> None:
    at = datetime(2026, 1, 31, 12, tzinfo=UTC)
    for _ in range(2):
        row(1, at)
    row(1, at, event=Analytics.Event.HEARTBEAT)
    row(2, at, event=Analytics.Event.HEARTBEAT)
    row(1, at + timedelta(minutes=5), event=Analytics.Event.HEARTBEAT)

    with pytest.raises(IntegrityError), transaction.atomic():
        row(1, at, event=Analytics.Event.HEARTBEAT)
    assert Analytics.objects.count() == 5


def test_a_duplicate_dwell_row_does_not_fail_its_batch() -> None:
    at = timezone.now()
    row(1, at, event=Analytics.Event.HEARTBEAT)
    batch = [
        Analytics(visitor_id=visitor(number), event=Analytics.Event.HEARTBEAT, created_at=at)
        for number in (1, 2)
    ]

    Analytics.objects.bulk_create(batch, ignore_conflicts=True)

    assert Analytics.objects.count_visitors() == Analytics.objects.count() == 2


def test_a_sample_is_shown_with_people_and_time() -> None:
    sample = CountSample(minute=29_495_520, people=17, connections=23, peak_people=17)

    assert sample.at == datetime(2026, 1, 30, tzinfo=UTC)
    assert str(sample) == "17 people at 2026-01-30 00:00 UTC"


def test_a_minute_has_at_most_one_sample() -> None:
    CountSample.objects.create(minute=1, people=1, connections=1, peak_people=1)

    with pytest.raises(IntegrityError), transaction.atomic():
        CountSample.objects.create(minute=1, people=2, connections=2, peak_people=2, is_demo=True)


@pytest.mark.parametrize("column", ["people", "connections", "active", "peak_people", "minutes"])
def test_the_database_rejects_a_negative_count(column: str) -> None:
    columns = {"people": 0, "connections": 0, "peak_people": 0, column: -1}

    with pytest.raises(IntegrityError):
        CountSample.objects.create(minute=1, **columns)
