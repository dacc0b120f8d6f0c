"""The limit of the ranges and filters that people with a link choose."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from landing.admin.dashboard import background, data_cache, filters, ranges
from landing.admin.shared_links import read_limit
from landing.dates import site_day, utc_now
from landing.limits.rate_limits import Rate, RateLimits
from tests.admin.shared_links.test_views import opened

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(read_limit, "limits", RateLimits(Rate(per_second=1 / 600, burst=2)))


def test_invented_filters_and_ranges_are_limited_and_presets_are_not(client: Client) -> None:
    path = opened(client)
    day = site_day(utc_now()) - timedelta(days=9)
    custom = f"?range=custom&from={day}&to={day}"
    assert client.get(path + "?page=/1").status_code == 200
    assert client.get(path + custom).status_code == 200

    for address in ("?page=/2", "?referrer=a.example", "?page=/2&part=figures", "export/?page=/2"):
        response = client.get(path + address)
        assert response.status_code == 429
        assert int(response["Retry-After"]) > 0
        assert "Too many ranges and filters" in response.content.decode()

    for address in ("?page=/1", custom, "", "?range=30-days", "?range=invented", "export/"):
        assert client.get(path + address).status_code == 200


def test_a_limit_is_that_of_one_link(client: Client) -> None:
    path = opened(client)
    answers = [client.get(f"{path}?page=/{count}").status_code for count in range(3)]

    assert answers == [200, 200, 429]
    assert client.get(opened(client) + "?page=/3").status_code == 200


def test_a_page_that_waits_for_its_filter_may_reload(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "call", lambda read, max_seconds: None)
    path = opened(client)

    assert client.get(path + "?page=/1").status_code == 202
    assert client.get(path + "?page=/2").status_code == 202
    # The next pages do not wait here.
    monkeypatch.setattr(data_cache, "CHECK_SECONDS", 60)
    assert [client.get(path + "?page=/1").status_code for _ in range(4)] == [202] * 4
    # A download waits longer than a page.
    assert client.get(path + "export/?page=/1").status_code == 429


def test_data_of_invented_filters_leaves_the_cache_first(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds: dict[str, int] = {}
    monkeypatch.setattr(cache, "set", lambda key, data, age: seconds.update({key: age}))
    today = ranges.preset("today", site_day(utc_now()))
    invented = filters.choose({"page": "/invented"})

    data_cache.get_latest(today)
    data_cache.get_latest(today, only=invented)

    assert seconds[data_cache.cache_key(today)] == data_cache.CACHE_SECONDS
    assert seconds[data_cache.cache_key(today, invented)] == data_cache.OTHER_CACHE_SECONDS
