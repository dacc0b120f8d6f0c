"""The command that writes and removes demo rows."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.utils import timezone
from pytest_django.fixtures import Settings

from landing.analytics import demo
from landing.analytics.demo import samples
from landing.analytics.stays import storage
from landing.dates import day_start, site_day, unix_minute
from landing.management.commands import seed_analytics
from landing.models import Analytics, CountSample
from landing.tables.stays import StayCount
from tests.analytics.rows import row

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


def seed(*options: str) -> str:
    out = io.StringIO()
    call_command("seed_analytics", *options, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _development(settings: Settings) -> None:
    settings.DEBUG = True


def sample(minute: int, minutes: int = 1) -> CountSample:
    counts: dict[str, Any] = {"people": 77, "connections": 77, "active": 77, "peak_people": 77}
    return CountSample.objects.create(minute=minute, minutes=minutes, **counts)


def test_the_output_counts_rows_visitors_and_samples() -> None:
    output = seed("--days", "2", "--visitors", "40")
    rows, stored = demo.stored_rows(), demo.stored_samples()
    assert rows.count_visitors() == 40
    assert f"{rows.count():,} rows of 40 visitors and {stored.count():,} samples" in output
    assert 2 * 1440 <= stored.count() <= 3 * 1440
    assert "━" not in output


def test_primary_keys_follow_the_order_of_time() -> None:
    seed("--days", "2", "--visitors", "40")
    times = list(Analytics.objects.order_by("pk").values_list("created_at", flat=True))
    assert times == sorted(times)


def test_samples_older_than_thirty_days_are_hourly() -> None:
    seed("--days", "33", "--visitors", "300")
    hours = list(CountSample.objects.filter(minutes=60))
    assert 2 * 24 < len(hours) <= 4 * 24
    assert all(hour.minute % 60 == 0 and hour.peak_people >= hour.people for hour in hours)
    newest = max(hour.minute for hour in hours)
    assert not CountSample.objects.filter(minute__gt=newest, minutes__gt=1).exists()
    assert not CountSample.objects.filter(minute__lt=newest, minutes=1).exists()


def test_samples_ahead_are_for_a_server_that_starts_soon() -> None:
    before = timezone.now()
    seed("--days", "1", "--visitors", "50", "--ahead", "5")
    newest = max(demo.stored_samples().values_list("minute", flat=True))
    assert newest >= unix_minute(before) + 4
    assert not demo.stored_rows().filter(created_at__gt=timezone.now()).exists()


def test_the_same_seed_gives_the_same_visitors() -> None:
    seed("--days", "1", "--visitors", "20", "--seed", "7")
    first = set(demo.stored_rows().values_list("visitor_id", flat=True))
    seed("--clear")
    seed("--days", "1", "--visitors", "20", "--seed", "7")
    assert {bytes(each) for each in first} == {
        bytes(each) for each in demo.stored_rows().values_list("visitor_id", flat=True)
    }


def test_real_samples_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MINUTES_KEPT", timedelta(days=1))
    now = unix_minute(timezone.now())
    real_minute, real_hour = now - 10, (now - 2 * 1440) // 60 * 60
    sample(real_minute), sample(real_hour, 60), sample(real_hour + 65)
    seed("--days", "4", "--visitors", "30")
    kept = CountSample.objects.filter(is_demo=False)
    assert set(kept.values_list("minute", "people")) == {
        (real_minute, 77),
        (real_hour, 77),
        (real_hour + 65, 77),
    }
    around = CountSample.objects.filter(minute__range=(real_hour, real_hour + 119))
    assert not around.filter(is_demo=True).exists()


def test_clear_removes_only_demo_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed_analytics, "BATCH_ROWS", 7)
    kept = {row(1).pk, row(2, data={"demo": False}).pk}
    seed("--days", "1", "--visitors", "10")
    kept |= {row(3).pk, row(4, data={"other": True}).pk}
    sample(unix_minute(timezone.now()) + 5)
    written = demo.stored_rows().count()
    assert f"{written:,} demo rows" in seed("--clear")
    assert set(Analytics.objects.values_list("pk", flat=True)) == kept
    assert CountSample.objects.count() == 1


def test_stays_are_those_of_the_visits_that_ended() -> None:
    output = seed("--days", "2", "--visitors", "40")
    stays = StayCount.objects.aggregate(all=Sum("stays"), demo=Sum("demo_stays"))

    assert stays["all"] == stays["demo"] > 0
    assert f"and the lengths of {stays['all']} visits." in output
    assert unix_minute(timezone.now()) >= max(StayCount.objects.values_list("slot", flat=True))
    now, _ = storage.read(
        (day_start(site_day(timezone.now() - timedelta(days=2))), timezone.now()),
        (timezone.now(), timezone.now()),
    )
    assert now.median_seconds is not None and 60 < now.median_seconds < 3600


def test_clear_keeps_the_stays_of_visitors() -> None:
    seed("--days", "1", "--visitors", "20")
    place = StayCount.objects.values_list("slot", "bucket")[0]
    storage.add({place: 3, (place[0] + 15 * 9_999, 1): 2})
    assert "demo visits" in seed("--clear")

    stored = StayCount.objects.order_by("slot").values_list("slot", "bucket", "stays", "demo_stays")
    assert list(stored) == [(*place, 3, 0), (place[0] + 15 * 9_999, 1, 2, 0)]


def test_clear_without_demo_rows_removes_nothing() -> None:
    assert "Removed 0 demo rows and 0 demo samples" in seed("--clear")


def test_existing_demo_rows_are_an_error() -> None:
    seed("--days", "1", "--visitors", "5")
    before = demo.stored_rows().count()
    with pytest.raises(CommandError, match="--clear"):
        seed("--days", "1", "--visitors", "5")
    assert demo.stored_rows().count() == before


def test_production_needs_force(settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="--force"):
        seed()
    assert not demo.stored_rows().exists()
    seed("--days", "1", "--visitors", "5", "--force")
    assert demo.stored_rows().exists()
    seed("--clear")
    assert not demo.stored_rows().exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [("--days", "0"), ("--days", "-1"), ("--days", "3651")]
    + [("--ahead", "-1"), ("--ahead", "61")]
    + [("--visitors", "0"), ("--visitors", "-5"), ("--visitors", "200001"), ("--visitors", "x")],
)
def test_an_error_names_the_option(option: str, value: str) -> None:
    with pytest.raises(CommandError, match=option):
        seed(option, value)
    assert not demo.stored_rows().exists()


def test_an_interrupted_run_can_be_cleared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "count_samples", stop)
    with pytest.raises(CommandError, match="--clear"):
        seed("--days", "1", "--visitors", "5")
    assert demo.stored_rows().exists()
    seed("--clear")
    assert not demo.stored_rows().exists()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar() -> None:
    out = Terminal()
    call_command("seed_analytics", "--days", "1", "--visitors", "5", stdout=out)
    assert "samples" in out.getvalue() and "100%" in out.getvalue()
