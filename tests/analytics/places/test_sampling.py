"""Samples of places: their reads, and failures of the backend and of the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

from landing.analytics.places import sampling, storage
from landing.analytics.places.sampling import PlaceSampling
from landing.dates import unix_minute
from landing.live.presence.contract import PlaceCount
from landing.tables.places import PlaceSample
from tests.background_harness import NOON
from tests.live.places.test_reader import FakeReader

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.each_database]


@pytest.fixture(autouse=True)
def _end_outage() -> None:
    sampling.outage.record_success()


def sampling_of(reader: FakeReader | None) -> PlaceSampling:
    places = PlaceSampling()
    places.reader = reader
    return places


async def stored() -> list[tuple[int, str, int]]:
    rows = PlaceSample.objects.order_by("minute", "place").values_list("minute", "place", "people")
    return [row async for row in rows]


async def test_a_sample_has_the_people_of_one_read() -> None:
    reader = FakeReader([PlaceCount("/", 8), PlaceCount("/pricing", 3)])
    await sampling_of(reader).sample(NOON, 17)

    minute = unix_minute(NOON)
    assert await stored() == [(minute, "", 1), (minute, "/", 8), (minute, "/pricing", 3)]
    assert len(reader.reads) == 1


async def test_nothing_is_read_while_nobody_is_here() -> None:
    reader = FakeReader()
    await sampling_of(reader).sample(NOON, 0)

    assert await stored() == [(unix_minute(NOON), "", 0)]
    assert reader.reads == []


async def test_nothing_is_read_or_stored_while_places_are_off(settings: Any) -> None:
    settings.LANDING_MAX_PLACES = 0
    reader = FakeReader()
    await sampling_of(reader).sample(NOON, 12)

    assert (await stored(), reader.reads) == ([], [])


@pytest.mark.parametrize("failure", ["is_unavailable", "is_settling"])
async def test_a_minute_in_which_places_are_unknown_has_no_sample(failure: str) -> None:
    reader = FakeReader()
    setattr(reader, failure, True)
    await sampling_of(reader).sample(NOON, 12)
    await sampling_of(None).sample(NOON, 12)

    assert await stored() == []


async def test_old_counts_are_not_sampled() -> None:
    reader = FakeReader()
    reader.get()
    reader.clock.seconds += 60
    reader.is_unavailable = True
    await sampling_of(reader).sample(NOON, 12)

    assert await stored() == []


async def test_a_failing_database_costs_the_sample_and_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    places = sampling_of(FakeReader())
    with monkeypatch.context() as patch:
        patch.setattr(storage, "record_sample", refuse)
        await places.sample(NOON, 12)
        await places.sample(NOON, 12)
    await places.sample(NOON, 12)

    assert len(await stored()) == 2
    levels = [each.levelname for each in caplog.records if each.name == sampling.__name__]
    assert levels == ["ERROR", "WARNING"]
