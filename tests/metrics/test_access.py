"""The metrics are closed, except for the scraper's token and the same machine."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, RequestFactory

from landing import measures
from landing.checks import app_settings
from landing.metrics.access import may_read_metrics

TOKEN = "a-token-of-a-scraper"
pytestmark = pytest.mark.django_db


def scrape(address: str = "127.0.0.1", **headers: str) -> Any:
    given = {"Host": "localhost:8000", **headers}
    return Client().get("/metrics", headers=given, REMOTE_ADDR=address)


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("127.0.0.9", {}, 200),
        ("::1", {"Host": "[::1]:8000"}, 200),
        ("::ffff:127.0.0.1", {"Host": "127.0.0.1"}, 200),
        ("192.0.2.1", {}, 403),
        ("2001:db8::1", {}, 403),
        ("", {}, 403),
        # a proxy on the same machine, whatever it adds
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("127.0.0.1", {"X-Real-IP": "192.0.2.1"}, 403),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.1"}, 403),
        ("127.0.0.1", {"X-Forwarded-Proto": "https"}, 403),
        ("127.0.0.1", {"Via": "1.1 varnish"}, 403),
        ("127.0.0.1", {"Host": "testserver"}, 403),
        # a token that the site does not have
        ("192.0.2.1", {"Authorization": "Bearer "}, 403),
        ("192.0.2.1", {"Authorization": f"Bearer {TOKEN}"}, 403),
    ],
)
def test_without_a_token_only_the_same_machine_may_read(
    address: str, headers: dict[str, str], status: int
) -> None:
    assert scrape(address, **headers).status_code == status


@pytest.mark.parametrize(
    ("version", "may_read"), [("1.0", False), ("1.1", True), ("2", True), (None, True)]
)
def test_a_proxy_without_any_setting_does_not_publish_them(
    version: str | None, may_read: bool
) -> None:
    """By default, nginx speaks HTTP/1.0, and names itself as the host."""
    request = RequestFactory().get("/metrics", headers={"Host": "127.0.0.1:8000"})
    if version is not None:  # a WSGI server has no scope
        request.scope = {"http_version": version}  # type: ignore[attr-defined]
    assert may_read_metrics(request) is may_read


def test_such_a_proxy_does_not_publish_them_under_a_wsgi_server() -> None:
    request = RequestFactory().get(
        "/metrics", headers={"Host": "127.0.0.1:8000"}, SERVER_PROTOCOL="HTTP/1.0"
    )
    assert not may_read_metrics(request)


def test_behind_a_proxy_no_address_is_enough(settings: Any) -> None:
    settings.LANDING_TRUSTED_PROXY_COUNT = 1
    assert scrape().status_code == 403


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN} ", 200),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        ("Bearer é", 401),
        (TOKEN, 401),
        (f"Basic {TOKEN}", 401),
        ("Bearer", 401),
        ("", 401),
    ],
)
def test_with_a_token_every_client_needs_it(settings: Any, authorization: str, status: int) -> None:
    settings.LANDING_METRICS_TOKEN = TOKEN
    for address in ("127.0.0.1", "192.0.2.1"):
        response = scrape(address, Authorization=authorization)
        assert response.status_code == status
        assert response.headers.get("WWW-Authenticate") == ("Bearer" if status == 401 else None)
        assert TOKEN not in response.text


def test_in_development_everybody_may_read(settings: Any) -> None:
    settings.DEBUG = True
    assert scrape("192.0.2.1").status_code == 200


def test_a_scraper_is_not_redirected_to_https(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.LANDING_METRICS_TOKEN = TOKEN
    response = scrape("192.0.2.1", Authorization=f"Bearer {TOKEN}")
    assert response.status_code == 200


def test_the_message_of_an_invalid_token_does_not_contain_it(settings: Any) -> None:
    settings.LANDING_METRICS_TOKEN = "too-short"
    [error] = app_settings.check_each_setting()
    assert error.id == "landing.E061"
    assert "too-short" not in error.msg


def test_without_prometheus_the_operator_reads_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(measures, "HAS_PROMETHEUS", False)
    response = scrape()

    assert response.status_code == 501
    assert 'the extra "metrics"' in response.content.decode()
    assert scrape("192.0.2.1").status_code == 403
