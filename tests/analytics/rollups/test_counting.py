"""New analytics rows are counted once, whenever and by whichever process."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import OperationalError
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries

from landing.analytics.rollups import countable_rows, counting, storage
from landing.models import Analytics
from landing.tables.rollups import RollupState
from tests.analytics.rollups.figures import NOON, count_all, rollups, stored_rows, truth
from tests.analytics.rows import row

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


def store_visits(rows: int, seed: int = 1) -> None:
    """Store rows of the last 40 days in any order of time, some signed in, some dwell rows."""
    rng = Random(seed)
    for _ in range(rows):
        row(
            rng.randrange(1, 12),
            NOON - timedelta(minutes=rng.randrange(40 * 24 * 60)),
            event=rng.choice(["page_view", "page_view", "heartbeat"]),
            path=rng.choice(["/", "/a", "/ñ?"]),
            referrer_host=rng.choice(["", "news.example"]),
            user_id=rng.choice([None, None, 1]),
            utm_source=rng.choice(["", "", "news"]),
            utm_campaign=rng.choice(["", "may", "ñ"]),
            language=rng.choice(["de", "en"]),
            width=rng.choice(["", "small", "large"]),
        )


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/Santiago"])
def test_the_figures_equal_those_of_the_rows(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "BATCH_ROWS", 30)
    with override_settings(TIME_ZONE=zone):
        for seed in (1, 2):
            store_visits(70, seed)
            assert count_all() == 70
            assert rollups() == truth()


def test_rows_are_counted_once() -> None:
    store_visits(20)
    assert count_all() == 20
    before = rollups()

    assert count_all() == 0
    assert rollups() == before


def test_the_longest_page_and_referrer_are_counted() -> None:
    rng = Random(1)
    path = "".join(chr(rng.randrange(0x10000, 0x10FFFF)) for _ in range(512))
    row(1, NOON, path=path, referrer_host="a" * 253)

    assert count_all() == 1
    assert rollups() == truth()


def test_late_rows_count_on_the_day_of_their_time() -> None:
    row(1, NOON - timedelta(days=2))
    row(1, NOON)
    count_all()

    row(1, NOON - timedelta(days=1))
    row(2, NOON - timedelta(days=9))
    count_all()

    assert rollups() == truth()


def test_a_batch_that_fails_changes_nothing_and_is_counted_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store_visits(20)

    def fail(*arguments: Any) -> None:
        raise OperationalError("the connection is gone")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "change_visitors", fail)
        with pytest.raises(OperationalError):
            count_all()
    assert stored_rows() == [0, 0, 0, 0, 0]

    assert count_all() == 20
    assert rollups() == truth()


def test_a_caller_may_limit_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "BATCH_ROWS", 8)
    store_visits(20)

    assert counting.has_uncounted_rows()
    assert list(counting.count_new_rows(2)) == [8, 8]
    assert not counting.has_uncounted_rows()
    assert count_all() == 4


def test_another_time_zone_counts_all_rows_again() -> None:
    store_visits(20)
    count_all()

    with override_settings(TIME_ZONE="Asia/Tokyo"):
        assert count_all() == 20
        assert rollups() == truth()


def test_nothing_new_takes_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    store_visits(3)
    count_all()

    with django_assert_max_num_queries(8):
        count_all()


def test_while_a_writer_takes_too_long_nothing_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    store_visits(3)
    monkeypatch.setattr(countable_rows, "read_last_key", lambda: None)

    assert count_all() == 0
    assert RollupState.objects.count() == 0
    assert Analytics.objects.count() == 3
