"""The routes of the app in a project in which pages need a login."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

LOGIN_REQUIRED = "django.contrib.auth.middleware.LoginRequiredMiddleware"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/", 302),  # a page of the project
        ("/api/landing/stats/", 200),
        ("/brand/0/brand.css", 200),
        ("/metrics", 403),
        ("/privacy/", 200),
        ("/shared-dashboard/unknown/", 404),
        ("/shared-dashboard/unknown/export/", 404),
        ("/ws/landing/", 426),
    ],
)
def test_no_route_redirects_to_the_login(address: str, status: int, settings: Settings) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, LOGIN_REQUIRED]
    settings.LOGIN_URL = "/admin/login/"
    assert Client(headers={"X-Forwarded-For": "192.0.2.1"}).get(address).status_code == status
