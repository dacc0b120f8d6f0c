"""The key figures on the index of the admin, and the time zone in the footer of its pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.test import Client, override_settings

from landing import stats
from landing.live.current_snapshot import Source
from landing.stats import Online, StatsSnapshot, Today
from tests.admin.activities.rows import staff_client

pytestmark = pytest.mark.django_db

INDEX = "/admin/"


def figures_of(client: Client) -> dict[str, str]:
    page = client.get(INDEX).content.decode()
    return dict(re.findall(r'<dd data-figure="(\w+)">([^<]+)</dd>', page))


@pytest.fixture
def snapshot(monkeypatch: pytest.MonkeyPatch) -> StatsSnapshot:
    """Return the snapshot that the index shows. Page views and the peak are unknown."""
    known = StatsSnapshot(
        active_users_now=81,
        window_minutes=15,
        online=Online(people=1_234, connections=2_000, signed_in=1, anonymous=1_233),
        today=Today(visitors=5_678, page_views=None, peak_people=None),
        source=Source.LIVE,
        as_of=datetime(2026, 1, 31, 12, tzinfo=UTC),
        version=1,
    )
    monkeypatch.setattr(stats, "snapshot", lambda: known)
    return known


@pytest.mark.usefixtures("snapshot")
def test_the_index_begins_with_the_key_figures(admin_client: Client) -> None:
    assert figures_of(admin_client) == {
        "people": "1,234",
        "active": "81",
        "visitors": "5,678",
        "page_views": "–",
        "peak": "–",
    }
    page = admin_client.get(INDEX).content.decode()
    assert "Live, at 12:00:00 (UTC)" in page
    assert page.index("/admin/landing/analytics/dashboard/") < page.index("app-landing")


@override_settings(TIME_ZONE="Asia/Kolkata")
@pytest.mark.usefixtures("snapshot")
def test_times_and_the_footer_follow_the_time_zone(admin_client: Client) -> None:
    page = admin_client.get(INDEX).content.decode()

    assert "Live, at 17:30:00 (Asia/Kolkata)" in page
    assert "All times: Asia/Kolkata" in page
    assert "All times" not in Client().get("/admin/login/").content.decode()


def test_users_without_the_permission_see_the_usual_index() -> None:
    client = staff_client("view_activity")

    assert figures_of(client) == {}
    page = client.get(INDEX).content.decode()
    assert "/admin/landing/activity/" in page
    assert "dashboard/" not in page


def test_the_permission_to_view_rows_is_enough() -> None:
    client = staff_client("view_analytics")

    assert set(figures_of(client)) == {"people", "active", "visitors", "page_views", "peak"}
    assert client.get("/admin/landing/analytics/").status_code == 200
