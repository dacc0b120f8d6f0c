"""A project with ``USE_TZ = False``: the database has local times, the app has aware ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from asgiref.sync import SyncToAsync
from django.db import connection, connections
from django.test import AsyncClient, Client
from pytest_django import Settings

from landing.activity import moderation, publish
from landing.admin.dashboard import data_cache, queries, ranges
from landing.analytics import aggregates_reader, history, recording, retention
from landing.analytics.rollups import counting
from landing.analytics.write_buffer.insert import PendingRow, insert
from landing.dates import site_day, utc_now
from landing.models import Activity, Analytics, PublishToken
from landing.visitors.identity import Identity
from tests.analytics.rows import row, sample, visitor

TOKEN = "a-token-of-a-scraper"

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

#: A zone behind UTC, one ahead by a part of an hour, and UTC itself.
ZONES = ("America/New_York", "Asia/Kathmandu", "UTC")
NOON = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(params=ZONES, autouse=True)
def zone(request: pytest.FixtureRequest, settings: Settings) -> Iterator[ZoneInfo]:
    """Run each test in each zone."""
    _reopen_connections_of_async_code()
    settings.TIME_ZONE = request.param
    settings.USE_TZ = False
    data_cache.cache.clear()
    yield ZoneInfo(request.param)
    _reopen_connections_of_async_code()


def _reopen_connections_of_async_code() -> None:
    """Give the thread new connections: Django changes the time zone of its own thread only."""

    def discard() -> None:
        for each in connections.all(initialized_only=True):
            each.close()
            del connections[each.alias]

    SyncToAsync.single_thread_executor.submit(discard).result()


def test_a_stored_time_is_the_same_instant_when_it_is_read() -> None:
    key = row(1, NOON).pk
    (read,) = Analytics.objects.filter(created_at=NOON, pk=key)
    assert read.created_at == NOON
    assert read.created_at.tzinfo is not None
    assert Analytics.objects.values_list("created_at", flat=True).get() == NOON


def test_rows_of_the_write_buffer_have_the_same_times() -> None:
    insert([PendingRow(visitor(1), None, "page_view", "/", "", NOON)])
    insert([PendingRow(visitor(1), None, "heartbeat", "", "", NOON)] * 2)
    assert set(Analytics.objects.values_list("created_at", flat=True)) == {NOON}
    assert Analytics.objects.count() == 2


def test_the_database_itself_has_the_time_of_the_zone(zone: ZoneInfo) -> None:
    """Date filters of the admin, and other queries of the project, depend on it."""
    key = row(1, NOON).pk
    with connection.cursor() as cursor:
        cursor.execute("SELECT created_at FROM landing_analytics WHERE id = %s", [key])
        (stored,) = cursor.fetchone()
    naive = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    assert naive.replace(tzinfo=None) == NOON.astimezone(zone).replace(tzinfo=None)


def test_a_default_and_a_naive_time_are_in_the_zone(zone: ZoneInfo) -> None:
    created = Analytics.objects.create(visitor_id=visitor(1), event=Analytics.Event.PAGE_VIEW)
    assert abs(created.created_at - utc_now()) < timedelta(minutes=1)
    naive = NOON.astimezone(zone).replace(tzinfo=None)
    row(2, NOON)
    assert Analytics.objects.filter(created_at=naive).count() == 1


def test_aggregates_history_and_retention_use_the_day_of_the_zone(zone: ZoneInfo) -> None:
    row(1, NOON - timedelta(minutes=1))
    row(2, NOON - timedelta(minutes=40))
    row(3, NOON - timedelta(days=2))
    row(4, NOON - timedelta(days=100))
    sample(NOON, people=7)
    read = aggregates_reader.read(NOON)
    assert read is not None
    assert (read.active, read.visitors, read.peak_people) == (1, 2, 7)
    assert read.day == NOON.astimezone(zone).date().isoformat()
    assert history.read_series(1, until=NOON, now=NOON).points[-1].people == 7
    list(retention.prune(NOON, 90))
    assert Analytics.objects.count() == 3


def test_the_dashboard_groups_page_views_by_the_hour_of_the_zone(zone: ZoneInfo) -> None:
    row(1, NOON - timedelta(minutes=1))
    sum(counting.count_new_rows())
    data = queries.read_data(ranges.preset("today", site_day(NOON)), NOON)
    hour = (NOON - timedelta(minutes=1)).astimezone(zone).hour
    assert data.page_views[hour] == 1
    assert sum(filter(None, data.page_views)) == 1


@pytest.mark.parametrize(
    "path",
    ["/", "/api/landing/stats/", "/api/landing/history/?hours=24", "/api/landing/activities/"]
    + ["/api/landing/history/?until=2026-01-31T12:00:00%2B05:45", "/api/docs/", "/metrics"],
)
async def test_pages_and_the_api_work(
    path: str, async_client: AsyncClient, settings: Settings
) -> None:
    settings.LANDING_METRICS_TOKEN = TOKEN
    response = await async_client.get(path, headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200


def test_the_admin_works(admin_client: Client, zone: ZoneInfo) -> None:
    now = utc_now()
    key = row(1, now).pk
    sample(now, people=7)
    publish(kind="signup", text="joined", actor="Ana")
    for path in ("analytics", f"analytics/{key}/change", "activity", "countsample"):
        assert admin_client.get(f"/admin/landing/{path}/").status_code == 200, path
    local = now.astimezone(zone)
    for query in (
        {"created_at__year": local.year, "created_at__month": local.month},
        {"created_at__gte": local.strftime("%Y-%m-%d 00:00:00")},
    ):
        page = admin_client.get("/admin/landing/analytics/", query)
        assert [each.pk for each in page.context["cl"].result_list] == [key]
    assert admin_client.get("/admin/landing/analytics/dashboard/").status_code == 200
    exported = admin_client.get("/admin/landing/analytics/export/json/")
    content = b"".join(exported.streaming_content)  # type: ignore[attr-defined]
    (only,) = json.loads(content)
    assert datetime.fromisoformat(only["created_at"]) == now


@pytest.mark.django_db(transaction=True)
def test_activities_are_published_limited_and_hidden(zone: ZoneInfo) -> None:
    naive = datetime.now(zone).replace(tzinfo=None) - timedelta(minutes=3)
    first = publish(kind="signup", text="joined", actor="Ana", created_at=naive)
    second = publish(kind="signup", text="joined", actor="Ben")
    assert first.created_at < second.created_at
    first.refresh_from_db()
    assert first.created_at.replace(tzinfo=None) != first.created_at
    assert first.reach == Activity.Reach.PUSHED
    assert abs(first.decided_at - utc_now()) < timedelta(minutes=1)
    moderation.hide([first.pk])
    assert Activity.objects.published().get() == second


@pytest.mark.django_db(transaction=True)
def test_the_api_publishes_with_a_token() -> None:
    _, key = PublishToken.objects.create_key(name="crm")
    client = Client(headers={"Authorization": f"Api-Key {key}"})
    body = {"kind": "signup", "text": "joined", "timestamp": "2026-01-31T12:00:00+05:45"}
    for _ in range(2):
        answer = client.post("/api/landing/activities/", body, content_type="application/json")
        assert answer.status_code == 201, answer.content
    assert Activity.objects.filter(created_at="2026-01-31T06:15:00+00:00").count() == 2
    listed = client.get("/api/landing/activities/").json()
    assert datetime.fromisoformat(json.dumps(listed).split('"timestamp": "')[1][:23]) is not None


def test_a_page_view_is_recorded_now() -> None:
    identity = Identity(visitor(9))
    recording.record_page_view(identity, "/", "")
    assert recording.writer.flush()
    assert abs(Analytics.objects.get().created_at - utc_now()) < timedelta(minutes=1)
