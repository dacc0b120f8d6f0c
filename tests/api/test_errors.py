from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpRequest
from django.test import AsyncClient, Client, RequestFactory

from landing.api import errors
from landing.api.rest.views import StatsView

pytestmark = pytest.mark.django_db


def check(response: Any, status: int, detail: str) -> None:
    assert response.status_code == status
    assert response["Content-Type"] == "application/json"
    assert response.json() == {"detail": detail}


@pytest.mark.parametrize("path", ["/api/nowhere/", "/api/", "/api/landing/", "/api/landing/stat"])
def test_an_unknown_path_of_the_api_is_a_404_in_json(async_client: AsyncClient, path: str) -> None:
    response = async_to_sync(async_client.get)(path, headers={"accept-language": "de"})

    check(response, 404, "Not found.")
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/nowhere/", "/apiary/", "/app/api/"])
def test_another_unknown_path_has_an_error_page(async_client: AsyncClient, path: str) -> None:
    response = async_to_sync(async_client.get)(path)

    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/api/landing/stats/", "/api/docs/", "/api/schema/"])
def test_a_wrong_method_is_a_405_in_json(client: Client, path: str) -> None:
    check(client.delete(path), 405, 'Method "DELETE" not allowed.')


def test_a_failure_of_the_api_is_a_500_in_json(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        raise RuntimeError("the snapshot is gone")

    monkeypatch.setattr(StatsView, "get", fail)
    client.raise_request_exception = False

    check(client.get("/api/landing/stats/"), 500, "Internal server error.")


def test_a_refused_host_is_a_400_in_json(client: Client) -> None:
    check(
        client.get("/api/landing/stats/", headers={"host": "elsewhere.example"}),
        400,
        "Bad request.",
    )


def test_below_a_root_path_the_errors_are_json_too() -> None:
    request: HttpRequest = RequestFactory().get("/api/x/", SCRIPT_NAME="/app")
    assert request.path == "/app/api/x/"

    assert errors.page_not_found(request, Exception())["Content-Type"] == "application/json"
    assert errors.permission_denied(request, Exception()).status_code == 403


def test_a_root_path_that_looks_like_the_api_has_error_pages() -> None:
    request: HttpRequest = RequestFactory().get("/api/x/", SCRIPT_NAME="/api")

    response = errors.page_not_found(request, Exception())
    assert response["Content-Type"].startswith("text/html")
