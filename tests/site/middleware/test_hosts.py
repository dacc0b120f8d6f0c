"""Probes get an answer whatever the host, and other requests need an allowed host."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from landing.health import views
from landing.health.dependency import Failure
from landing.models import Analytics
from tests.site.client import new_client, send

STRANGE_HOSTS = ["10.0.0.5", "my_service", "[fd00::7]:8000", "", "a" * 300, "x y", "app:port"]
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


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
