"""The export of analytics rows in the admin."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from landing.analytics import export
from landing.analytics.export import (
    PAGE_ROWS,
)
from landing.models import Analytics
from tests.analytics.rows import row, visitor

pytestmark = pytest.mark.each_database

EXPORT = "/admin/landing/analytics/export/"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def exported(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"{EXPORT}json/{query}")
    assert answer.status_code == 200
    found: list[dict[str, Any]] = json.loads(answer.getvalue())
    return found


@pytest.mark.django_db
def test_an_export_has_the_filters_of_the_list(admin_client: Client) -> None:
    row(1, NOON, path="/other day")
    row(2, NOON + timedelta(days=1), path="/other visitor")
    row(1, NOON + timedelta(days=1), event="heartbeat", path="/other event")
    row(1, NOON + timedelta(days=1), path="/wanted")
    day = "created_at__year=2026&created_at__month=2&created_at__day=1"

    found = exported(admin_client, f"?{day}&event__exact=page_view&q={visitor(1).hex()}")

    assert [each["path"] for each in found] == ["/wanted"]


@pytest.mark.django_db
def test_all_pages_are_exported_newest_first_whatever_the_order_of_the_list(
    admin_client: Client,
) -> None:
    Analytics.objects.bulk_create(
        Analytics(
            visitor_id=visitor(number),
            event="page_view",
            path=f"/{number}",
            created_at=NOON + timedelta(seconds=number),
        )
        for number in range(PAGE_ROWS + 5)
    )

    found = exported(admin_client, "?o=1&p=3")

    assert [each["path"] for each in found] == [f"/{n}" for n in range(PAGE_ROWS + 4, -1, -1)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content_type"),
    [("csv", "text/csv; charset=utf-8; header=present"), ("json", "application/json")],
)
def test_an_export_is_a_download(admin_client: Client, name: str, content_type: str) -> None:
    row(1)

    answer = admin_client.get(f"{EXPORT}{name}/")

    assert answer["Content-Type"] == content_type
    file = rf'attachment; filename="analytics-\d{{4}}-\d\d-\d\d\.{name}"'
    assert re.fullmatch(file, answer["Content-Disposition"])
    assert b"page_view" in answer.getvalue()


@pytest.mark.django_db
def test_the_list_links_to_exports_with_its_filters(admin_client: Client) -> None:
    page = admin_client.get("/admin/landing/analytics/?event__exact=heartbeat&q=ff&p=1")

    for name in export.FORMATS:
        link = f'href="{EXPORT}{name}/?event__exact=heartbeat&amp;q=ff"'
        assert link in page.content.decode()


@pytest.mark.django_db
def test_an_unknown_format_is_not_found(admin_client: Client) -> None:
    assert admin_client.get(f"{EXPORT}xlsx/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["created_at__year=x", "created_at__gte=x", "nothing=1"])
def test_invalid_filters_are_rejected(admin_client: Client, query: str) -> None:
    assert admin_client.get(f"{EXPORT}csv/?{query}").status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "head"])
def test_an_export_accepts_only_get(admin_client: Client, method: str) -> None:
    assert getattr(admin_client, method)(f"{EXPORT}csv/").status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize(("permissions", "status"), [([], 403), (["view_analytics"], 200)])
def test_an_export_requires_the_view_permission(
    client: Client, django_user_model: Any, permissions: list[str], status: int
) -> None:
    ana = django_user_model.objects.create_user("ana", is_staff=True)
    ana.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(ana)

    assert client.get(f"{EXPORT}csv/").status_code == status


@pytest.mark.django_db
def test_an_export_requires_a_staff_user(client: Client) -> None:
    assert client.get(f"{EXPORT}csv/").status_code == 302
