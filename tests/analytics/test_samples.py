from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from landing.analytics.samples import record_sample
from landing.dates import unix_minute
from landing.models import CountSample

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

NOW = datetime(2026, 1, 31, 12, 3, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def record(at: datetime, people: int = 1, connections: int = 1, active: int | None = 1) -> bool:
    return record_sample(at, people=people, connections=connections, active=active)


def test_a_sample_belongs_to_the_minute_of_its_time() -> None:
    assert record(NOW, people=3, connections=5, active=None)

    sample = CountSample.objects.get()
    assert sample.at == NOW.replace(second=0)
    assert (sample.people, sample.connections, sample.active) == (3, 5, None)
    assert (sample.peak_people, sample.minutes, sample.is_demo) == (3, 1, False)


def test_the_first_sample_of_a_minute_is_kept() -> None:
    assert record(NOW, people=3)
    assert not record(NOW + timedelta(seconds=30), people=4)
    assert record(NOW + MINUTE, people=5)

    assert list(CountSample.objects.order_by("minute").values_list("people", flat=True)) == [3, 5]


def test_a_sample_takes_one_statement_and_breaks_no_transaction(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(1):
        record(NOW)

    with transaction.atomic(), django_assert_num_queries(2):
        assert not record(NOW)
    with transaction.atomic():
        assert not record(NOW)
        assert record(NOW + MINUTE)
    assert CountSample.objects.count() == 2


def test_a_second_sample_of_a_minute_raises_only_the_peak() -> None:
    record(NOW, people=5)
    for people in (9, 7):
        assert not record(NOW, people=people)

    stored = CountSample.objects.get()
    assert (stored.people, stored.peak_people) == (5, 9)


def test_a_negative_count_is_rejected() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        record(NOW, people=-1)


@pytest.mark.django_db(transaction=True)
def test_one_of_many_workers_inserts_the_sample_of_a_minute() -> None:
    workers, minutes = 6, 20
    together = Barrier(workers)

    def sample(worker: int) -> list[int]:
        try:
            won = []
            for minute in range(minutes):
                together.wait(timeout=60)
                if record(NOW + minute * MINUTE, people=worker):
                    won.append(minute)
            return won
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        wins = list(pool.map(sample, range(workers)))

    assert sorted(minute for won in wins for minute in won) == list(range(minutes))
    first = unix_minute(NOW)
    for sample_ in CountSample.objects.all():
        assert sample_.minute - first in wins[sample_.people]
