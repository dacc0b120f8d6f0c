"""Dates and times of the pages that Django renders itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import formats


@pytest.mark.django_db
def test_the_history_of_an_object_has_24_hour_times(admin_client: Client, admin_user: User) -> None:
    LogEntry.objects.create(
        user=admin_user,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(admin_user.pk),
        action_flag=2,
        action_time=datetime(2026, 1, 31, 15, 4, tzinfo=UTC),
    )

    page = admin_client.get(f"/admin/auth/user/{admin_user.pk}/history/").content.decode()

    assert "31 Jan 2026, 15:04" in page
    assert "3:04 p.m." not in page


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("DATE_FORMAT", "31 Jan 2026"),
        ("DATETIME_FORMAT", "31 Jan 2026, 00:00"),
        ("TIME_FORMAT", "00:00"),
        ("SHORT_DATE_FORMAT", "31 Jan 2026"),
        ("SHORT_DATETIME_FORMAT", "31 Jan 2026, 00:00"),
    ],
)
def test_each_format_has_the_same_order(format: str, text: str) -> None:
    assert formats.date_format(datetime(2026, 1, 31, tzinfo=UTC), format) == text
