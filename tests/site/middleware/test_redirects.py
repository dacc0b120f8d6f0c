"""No redirect turns a POST into a GET."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import AsyncClient, Client
from pytest_django import Settings

from landing.models import Activity, PublishToken
from tests.site.client import new_client, request, send

ACTIVITIES = "/api/landing/activities"
JOINED = {"kind": "signup", "text": "joined"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Client:
    _, key = PublishToken.objects.create_key(name="crm")
    return Client(headers={"Authorization": f"Api-Key {key}"})


@pytest.mark.parametrize("slash", ["", "/"])
def test_an_activity_is_stored_with_and_without_the_last_slash(service: Client, slash: str) -> None:
    response = service.post(ACTIVITIES + slash, JOINED, content_type="application/json")

    assert response.status_code == 201
    assert Activity.objects.count() == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [ACTIVITIES, "/api/landing/stats"])
def test_a_method_that_the_api_lacks_is_an_error_in_json(method: str, path: str) -> None:
    response = send(method, path)
    assert response.status_code in (401, 405)
    assert "detail" in json.loads(response.content)


@pytest.mark.parametrize("path", ["/api/landing/stats", "/api/landing/history", ACTIVITIES])
def test_reading_needs_no_last_slash(path: str) -> None:
    assert send("GET", path).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("client", [new_client, AsyncClient])
@pytest.mark.parametrize(
    ("changes", "path", "target"),
    [
        ({}, "/language", "/language/"),
        ({"SECURE_SSL_REDIRECT": True}, ACTIVITIES, f"https://testserver{ACTIVITIES}"),
        ({"SECURE_SSL_REDIRECT": True}, "/language/", "https://testserver/language/"),
        ({"PREPEND_WWW": True}, ACTIVITIES, f"http://www.testserver{ACTIVITIES}"),
    ],
)
def test_a_redirect_keeps_the_method(
    changes: dict[str, Any], path: str, target: str, client: Any, method: str, settings: Any
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)

    response = async_to_sync(request)(client(), method, path)

    assert (response.status_code, response["Location"]) == (308, target)
    assert response.reason_phrase == "Permanent Redirect"


def test_reading_is_still_redirected_as_django_does_it(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert send("GET", "/language").status_code == 301


@pytest.mark.parametrize("path", ["/api/landing//activities/", "//api/landing/activities/", "/no"])
def test_an_unknown_path_is_an_error(path: str) -> None:
    assert send("POST", path, data=json.dumps(JOINED)).status_code == 404
    assert not Activity.objects.exists()


def test_a_form_that_was_sent_signed_out_is_an_error_and_not_a_login_page() -> None:
    form = "/admin/landing/activity/add/"
    assert send("POST", form).status_code == 403
    assert send("GET", form).status_code == 302


@pytest.mark.parametrize("target", ["admin:login", "/admin/login/?signed_out=1"])
def test_a_form_that_succeeds_may_lead_to_the_login_page(target: str, settings: Settings) -> None:
    settings.LOGOUT_REDIRECT_URL = target
    client = new_client()
    client.force_login(User.objects.create_superuser("ana", password="of-a-test"))

    response = async_to_sync(client.post)("/admin/logout/")

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


def test_signing_in_still_redirects() -> None:
    User.objects.create_superuser("ana", password="of-a-test")
    form = {"username": "ana", "password": "of-a-test", "next": "/admin/"}
    assert Client().post("/admin/login/", form).status_code == 302
