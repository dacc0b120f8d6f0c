"""The export of what the dashboard shows."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from landing.admin.dashboard import queries
from landing.admin.site_time import local
from landing.analytics.places.storage import record_sample
from landing.analytics.rollups import changes
from landing.analytics.stays import storage as stays
from landing.analytics.stays.median import bucket_of
from landing.dates import site_day, utc_now
from landing.models import Activity
from landing.tables.notes import ChartNote
from tests.analytics.rows import row, sample

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

EXPORT = "/admin/landing/analytics/dashboard/export/"


def lines(client: Client, query: str) -> list[list[str]]:
    response = client.get(EXPORT + query)
    assert response.status_code == 200
    return list(csv.reader(StringIO(response.content.decode())))


def test_the_export_has_what_is_shown(admin_client: Client) -> None:
    now = utc_now()
    today = site_day(now)
    campaign = {"utm_source": "=news", "utm_campaign": "may", "language": "de", "width": "small"}
    row(1, now, path="=1+1", referrer_host="news.example", user_id=1, **campaign)
    row(1, now - timedelta(days=1), path="/a", referrer_host="testserver")
    row(2, now - timedelta(days=7), path="/a")
    peak = sample(now - timedelta(minutes=1), people=5)
    record_sample(now, 5, {"/a": 4, "=1+1": 1})
    note = ChartNote.objects.create(text="Newsletter 12")
    stays.add({(changes.slot_of(now), bucket_of(60_000)): 3})
    for kind in ("purchase", "milestone"):
        Activity.objects.create(kind=kind, text="did it", created_at=now)

    found = lines(admin_client, "?range=7-days")

    assert found[0] == ["section", "name", "value", "before"]
    for line in (
        ["range", "last day", str(today), str(today - timedelta(days=7))],
        ["figures", "visitors", "1", "1"],
        ["figures", "page views", "2", "1"],
        ["figures", "signed-in visitors", "1", "0"],
        ["figures", "peak", "5", ""],
        ["figures", "median stay, seconds", "57.4", ""],
        ["figures", "visits that ended", "3", "0"],
        ["activities", "purchase", "1", "0"],
        ["activities", "milestone", "1", "0"],
        ["goals per visitor", "purchase", "1.0", "0.0"],
        ["page views", str(today), "1", "1"],
        ["average people on page", "/a", "4.0", ""],
        ["peak of people on page", "/a", "4", ""],
        ["peak of people on page", "'=1+1", "1", ""],
        ["pages", "'=1+1", "1", "0"],
        ["pages", "/a", "1", "1"],
        ["referrers", "news.example", "1", "0"],
        ["utm_source", "'=news", "1", "0"],
        ["utm_campaign", "may", "1", "0"],
        ["language", "de", "1", "0"],
        ["width", "small", "1", "0"],
        ["notes", local(note.at).isoformat(timespec="minutes"), "Newsletter 12", ""],
    ):
        assert line in found, line
    assert not [line for line in found if line[1] == "testserver"]
    assert not [line for line in found if line[:2] == ["goals per visitor", "milestone"]]
    assert len([line for line in found if line[0] == "page views"]) == 7
    peak_at = next(line[2] for line in found if line[1] == "time of the peak")
    assert peak_at == local(peak.at).isoformat(timespec="minutes")
    people = [line for line in found if line[0] == "people here"]
    assert "5" in {line[2] for line in people}
    assert "5" in {line[2] for line in found if line[0] == "peak of people here"}
    assert len(people) == len([line for line in found if line[0] == "active visitors"]) > 100


def test_a_filter_limits_the_export(admin_client: Client) -> None:
    row(1, utc_now(), path="/a")
    row(2, utc_now(), path="/b")

    found = lines(admin_client, "?page=/a")

    assert ["filter", "page", "/a", "/a"] in found
    assert ["figures", "page views", "1", "0"] in found
    assert {line[0] for line in found} >= {"page views", "pages"}
    assert not {line[0] for line in found} & {"people here", "active visitors", "activities"}


def test_the_dashboard_links_to_the_export_of_its_range(admin_client: Client) -> None:
    page = admin_client.get("/admin/landing/analytics/dashboard/?range=7-days&page=/a")

    assert f'href="{EXPORT}?range=7-days&amp;page=%2Fa"' in page.content.decode()


def test_the_download_has_a_name_with_its_days(admin_client: Client) -> None:
    today = site_day(utc_now())
    response = admin_client.get(EXPORT)

    assert response["Content-Disposition"] == (
        f'attachment; filename="dashboard-{today}-{today}.csv"'
    )


def test_an_invalid_range_gets_a_400(admin_client: Client) -> None:
    assert admin_client.get(EXPORT + "?range=decade").status_code == 400


def test_staff_need_the_permission_to_view_rows(client: Client, django_user_model: Any) -> None:
    client.force_login(django_user_model.objects.create_user("ana", is_staff=True))

    assert client.get(EXPORT).status_code == 403


def test_during_an_outage_the_export_gets_a_503(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    monkeypatch.setattr(queries, "read_data", fail)

    assert admin_client.get(EXPORT).status_code == 503
