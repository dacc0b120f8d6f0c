"""Probes get an answer whatever the host, other hosts are refused, and no POST becomes a GET."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import AsyncClient, Client
from pytest_django import Settings

from landing.health import views
from landing.health.dependency import Failure
from landing.models import Activity, Analytics, PublishToken
from tests.site.client import new_client

ACTIVITIES = "/api/landing/activities"
JOINED = {"kind": "signup", "text": "joined"}
STRANGE_HOSTS = ["10.0.0.5", "my_service", "[fd00::7]:8000", "", "a" * 300, "x y", "app:port"]
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


async def request(client: Any, method: str, path: str, **options: Any) -> HttpResponse:
    response: HttpResponse = await client.generic(method, path, **options)
    return response


def send(method: str, path: str, **options: Any) -> HttpResponse:
    return async_to_sync(request)(new_client(), method, path, **options)


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[Failure]:
    """Return the failures that readiness reports; empty at first."""
    found: list[Failure] = []

    async def find_failures() -> list[Failure]:
        return found

    monkeypatch.setattr(views.readiness, "find_failures", find_failures)
    return found


# -- probes


@pytest.mark.usefixtures("failures")
@pytest.mark.parametrize("path", ["/health", "/health/", "/health/live", "/health/ready/"])
@pytest.mark.parametrize("host", STRANGE_HOSTS)
@pytest.mark.parametrize("client", [new_client, Client])
def test_a_probe_is_answered_whatever_its_host(client: Any, host: str, path: str) -> None:
    get = client().get
    response = (async_to_sync(get) if client is new_client else get)(path, headers={"Host": host})

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies


@pytest.mark.usefixtures("failures")
@pytest.mark.parametrize("agent", ["kube-probe/1.31", "ELB-HealthChecker/2.0", "GoogleHC/1.0"])
def test_a_probe_is_neither_redirected_nor_recorded(
    agent: str, settings: Any, write_buffer: Any
) -> None:
    settings.SECURE_SSL_REDIRECT = settings.PREPEND_WWW = True

    assert send("GET", "/health/ready", headers={"User-Agent": agent}).status_code == 200

    write_buffer.flush()
    assert not Analytics.objects.exists()


def test_a_failing_dependency_is_named_with_its_beginning(
    failures: list[Failure], caplog: pytest.LogCaptureFixture
) -> None:
    failures.append(Failure("redis", "does not answer", NOON))

    response = send("GET", "/health/ready")

    assert response.status_code == 503
    assert json.loads(response.content) == {
        "status": "unavailable",
        "failing": [
            {
                "dependency": "redis",
                "problem": "does not answer",
                "since": "2026-01-31T12:00:00.000Z",
            }
        ],
    }
    assert send("GET", "/health/live").status_code == 200
    assert not caplog.records


@pytest.mark.usefixtures("failures")
def test_a_draining_process_lives_but_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "is_draining", lambda: True)

    response = send("GET", "/health/ready")
    assert (response.status_code, json.loads(response.content)) == (503, {"status": "draining"})
    assert send("GET", "/health/live").status_code == 200


def test_a_probe_may_only_read() -> None:
    assert send("POST", "/health/live").status_code == 405
    assert send("HEAD", "/health/live").status_code == 200


# -- refused hosts


@pytest.mark.parametrize("host", STRANGE_HOSTS)
def test_other_routes_refuse_the_host_with_at_most_one_line(
    host: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = new_client()
    for _ in range(3):
        response = async_to_sync(client.get)("/", headers={"Host": host})
        assert response.status_code == 400
        assert b"Back to the home page" in response.content

    (record,) = caplog.records
    assert "ALLOWED_HOSTS" in record.getMessage()
    assert record.getMessage().isprintable()
    assert record.exc_info is None


# -- methods with a body


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
