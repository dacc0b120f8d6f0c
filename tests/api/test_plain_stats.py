"""The stats without the REST framework equal those with it."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from landing.api import plain_stats, routes
from landing.live.presence.contract import PlaceCount, Places
from landing_site import urls
from tests.api.test_places import snapshot
from tests.live.fake_worker import FakePlaces, FakeWorker
from tests.metrics import samples

pytestmark = pytest.mark.django_db

REST, PLAIN = "/api/landing/stats/", "/plain/stats/"


@pytest.fixture(autouse=True)
def _plain_route(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Add the routes of a project without the REST framework."""
    monkeypatch.setattr(routes, "has_rest", lambda: False)
    both: Any = ModuleType("both")
    both.urlpatterns = [*urls.urlpatterns, path("plain/", include((routes.build(), "plain")))]
    settings.ROOT_URLCONF = both
    plain_stats._limits.cache_clear()


@pytest.fixture
def fake() -> Iterator[FakeWorker]:
    with FakeWorker().installed() as fake:
        fake.places = FakePlaces(Places(snapshot(), 9, (PlaceCount("/", 40), PlaceCount("/b", 1))))
        yield fake


def test_only_the_stats_have_a_route() -> None:
    assert [(str(each.pattern), each.name) for each in routes.build("api/")] == [
        ("api/stats/", "stats"),
        ("api/stats", None),
    ]


def test_the_content_is_the_same(client: Client) -> None:
    assert client.get(PLAIN).json() == client.get(REST).json()
    assert client.get(PLAIN.rstrip("/")).status_code == 200


@pytest.mark.parametrize("is_staff", [False, True])
@pytest.mark.parametrize(
    "query",
    [
        *("place=/", "place=/b", "place=/b/?x=1", "place=/unknown", "place=article:42"),
        *("place=/%FF", "place=%20", "other=1"),
    ],
)
def test_the_people_at_a_place_are_the_same(
    fake: FakeWorker, client: Client, django_user_model: type[User], query: str, is_staff: bool
) -> None:
    if is_staff:
        user = django_user_model.objects.create_user("eva", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename="view_analytics"))
        client.force_login(user)

    plain, rest = (client.get(f"{url}?{query}") for url in (PLAIN, REST))

    assert (plain.status_code, plain.json()) == (rest.status_code, rest.json())
    assert ("here" in plain.json()) == query.startswith("place")
    if query == "place=/b":
        assert plain.json()["here"] == (1 if is_staff else None)


@pytest.mark.parametrize(
    "query",
    ["place=", "place=%00", "place=/%00", "place=/&place=/b", "place=/" + "x" * 5000],
)
def test_the_same_places_are_refused(fake: FakeWorker, client: Client, query: str) -> None:
    plain, rest = (client.get(f"{url}?{query}") for url in (PLAIN, REST))

    assert plain.status_code == rest.status_code == 400
    assert list(plain.json()) == list(rest.json()) == ["place"]
    assert plain["Cache-Control"] == "no-store"


def test_without_a_place_no_session_is_queried(
    fake: FakeWorker, client: Client, django_assert_num_queries: Any, django_user_model: type[User]
) -> None:
    client.force_login(django_user_model.objects.create_user("ana"))
    with django_assert_num_queries(0):
        client.get(PLAIN)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_other_methods_get_a_405(method: str) -> None:
    response = getattr(Client(enforce_csrf_checks=True), method)(PLAIN)

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert response.json() == {"detail": f'Method "{method.upper()}" not allowed.'}


def test_the_response_is_json_and_not_cacheable(client: Client) -> None:
    response = client.head(PLAIN, HTTP_ACCEPT="text/html")

    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"


def test_throttled_requests_get_a_retry_after(client: Client, settings: Settings) -> None:
    settings.LANDING_STATS_THROTTLE_RATE = "2/min"

    with samples.hits_of_limits() as counted:
        statuses = [client.get(PLAIN).status_code for _ in range(3)]
        response = client.get(PLAIN)

    assert statuses == [200, 200, 429]
    assert counted == {"stats_api": 2}
    assert 0 < int(response["Retry-After"]) <= 60
    assert response["Cache-Control"] == "no-store"
    assert "Try again in" in response.json()["detail"]


def test_each_address_is_throttled_separately_whatever_it_forwards(
    client: Client, settings: Settings
) -> None:
    settings.LANDING_STATS_THROTTLE_RATE = "1/hour"

    def status(peer: str, forwarded_for: str) -> int:
        return client.get(PLAIN, REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded_for).status_code

    assert status("192.0.2.1", "6.6.6.1") == 200
    assert status("192.0.2.1", "6.6.6.2") == 429
    assert status("192.0.2.2", "6.6.6.1") == 200


@pytest.mark.parametrize(
    ("rate", "seconds"), [("1/s", 1), ("1/min", 60), ("2/hour", 1800), ("1/day", 86_400)]
)
def test_a_rate_is_spread_over_its_unit(
    client: Client, settings: Settings, rate: str, seconds: int
) -> None:
    settings.LANDING_STATS_THROTTLE_RATE = rate
    refused = next(
        response
        for response in (client.get(PLAIN, REMOTE_ADDR="192.0.2.9") for _ in range(1000))
        if response.status_code == 429
    )
    assert seconds * 0.5 <= int(refused["Retry-After"]) <= seconds
