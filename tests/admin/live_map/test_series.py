"""The people of the last minutes, with which the sparks begin."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError

from landing.admin.live_map import series
from landing.analytics.places import history, storage
from landing.dates import unix_minute, utc_now

pytestmark = pytest.mark.django_db


def test_the_last_minute_is_the_one_before_the_current_one() -> None:
    at = utc_now() - timedelta(minutes=1)
    storage.record_sample(at, 50, {"/": 38})

    read = series.read(["/", "/unknown"])

    assert unix_minute(at) <= read["last_minute"] <= unix_minute(utc_now())
    assert 38 in read["places"]["/"][-2:]
    assert set(read["places"]["/unknown"]) <= {0, None}


def test_without_samples_every_minute_is_unknown() -> None:
    read = series.read(["/"])

    assert read["people"] == [None] * series.MINUTES
    assert read["places"] == {"/": (None,) * series.MINUTES}


def test_without_the_database_the_sparks_are_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise OperationalError("no such table")

    monkeypatch.setattr(history, "last_minutes", fail)

    assert series.read(["/"]) == series.NO_SERIES
