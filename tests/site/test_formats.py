"""Settings of languages and number formats change texts, never what programs read."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import AsyncClient, Client
from django.utils import translation
from pytest_django import Settings

from landing.dates import utc_now
from tests.analytics.rows import row, sample

TOKEN = "a-token-of-a-scraper"

pytestmark = pytest.mark.django_db

FORMATS: list[dict[str, Any]] = [
    {"USE_I18N": False},
    {"LANGUAGE_CODE": "eo"},
    {"LANGUAGE_CODE": "sr-latn"},
    {"LANGUAGE_CODE": "fa"},
    {"LANGUAGE_CODE": "de", "USE_THOUSAND_SEPARATOR": True},
    {"LANGUAGE_CODE": "ar", "USE_THOUSAND_SEPARATOR": True},
    {"USE_I18N": False, "USE_THOUSAND_SEPARATOR": True, "NUMBER_GROUPING": 1},
]
#: Attributes with a number that a browser reads.
NUMBERS = re.compile(
    r'\s(?:data-[xy]|x|y|width|height|min|max|minimum|limit|update-interval)="([^"]*)"'
)


@pytest.fixture(params=FORMATS, ids=str, autouse=True)
def _formats(request: pytest.FixtureRequest, settings: Settings) -> None:
    for name, value in request.param.items():
        setattr(settings, name, value)
    translation.deactivate()


@pytest.mark.parametrize(
    "path", ["/", "/api/landing/stats/", "/api/landing/history/", "/api/docs/", "/metrics"]
)
async def test_pages_and_the_api_work(
    path: str, async_client: AsyncClient, settings: Settings
) -> None:
    settings.LANDING_METRICS_TOKEN = TOKEN
    response = await async_client.get(path, headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    assert_readable(response.content.decode())


def test_the_admin_works(admin_client: Client) -> None:
    now = utc_now()
    for minute in range(90):
        sample(now - timedelta(minutes=minute), people=12_345 + 100 * minute)
        row(minute, now - timedelta(minutes=minute), path=f"/{minute}")
    for path in ("", "analytics/", "countsample/", "activity/", "analytics/dashboard/"):
        page = admin_client.get(f"/admin/landing/{path}")
        assert page.status_code == 200, path
        assert_readable(page.content.decode())


def assert_readable(page: str) -> None:
    for number in NUMBERS.findall(page):
        assert re.fullmatch(r"[-+0-9.]*(%|rem)?", number), number
