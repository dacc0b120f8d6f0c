"""The stats and history endpoints."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from landing import stats
from landing.analytics.history import Peaks
from landing.analytics.samples import record_sample
from landing.api.rest.serializers import StatsSerializer
from tests.analytics.rows import row
from tests.metrics import samples

pytestmark = pytest.mark.django_db

URL = "/api/landing/stats/"
HISTORY = "/api/landing/history/"


def test_the_route_has_a_name() -> None:
    assert reverse("live_user_counter:stats") == URL
    assert resolve(URL).view_name == "live_user_counter:stats"


def test_the_response_is_the_snapshot(client: Client) -> None:
    row(1)

    response = client.get(URL)

    assert response.status_code == 200
    assert response.json() == stats.snapshot().as_dict()
    assert response.json()["today"]["page_views"] == 1


def test_the_response_matches_its_serializer(client: Client) -> None:
    row(1)
    response = client.get(URL).json()

    assert StatsSerializer(response).data == response


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html,*/*;q=0.8"])
def test_the_response_is_json_and_not_cacheable(client: Client, accept: str) -> None:
    response = client.get(URL, HTTP_ACCEPT=accept)

    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"


def test_without_a_worker_only_the_first_request_queries_the_table(
    client: Client, django_user_model: Any, django_assert_num_queries: Any
) -> None:
    client.force_login(django_user_model.objects.create_user("ana"))

    with django_assert_num_queries(2):
        client.get(URL)
        client.get(URL)


def test_a_request_is_not_recorded_as_a_page_view(client: Client) -> None:
    response = client.get(URL, HTTP_ACCEPT="text/html,*/*")

    assert not response.cookies
    assert client.get(URL).json()["today"]["page_views"] == 0


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_other_methods_get_a_405(client: Client, method: str) -> None:
    response = getattr(client, method)(URL, "{}", content_type="application/json")

    assert response.status_code == 405
    assert response["Cache-Control"] == "no-store"


def test_an_unavailable_database_gives_null_figures(client: Client) -> None:
    def refuse(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(refuse):
        response = client.get(URL)

    assert response.status_code == 200
    assert response.json()["active_users_now"] is None
    assert response.json()["today"] == {"visitors": None, "page_views": None, "peak_people": None}


def test_throttled_requests_get_a_retry_after(client: Client, settings: Any) -> None:
    settings.LANDING_STATS_THROTTLE_RATE = "2/min"

    with samples.hits_of_limits() as counted:
        statuses = [client.get(URL).status_code for _ in range(3)]
        response = client.get(URL)

    assert statuses == [200, 200, 429]
    assert counted == {"stats_api": 2}
    assert int(response["Retry-After"]) > 0
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Type"] == "application/json"


def test_each_address_is_throttled_separately_whatever_it_forwards(
    client: Client, settings: Any
) -> None:
    settings.LANDING_STATS_THROTTLE_RATE = "1/min"

    def status(peer: str, forwarded_for: str) -> int:
        return client.get(URL, REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded_for).status_code

    assert status("192.0.2.1", "6.6.6.1") == 200
    assert status("192.0.2.1", "6.6.6.2") == 429
    assert status("192.0.2.2", "6.6.6.1") == 200


def test_clients_behind_a_trusted_proxy_are_throttled_separately(
    client: Client, settings: Any
) -> None:
    settings.LANDING_STATS_THROTTLE_RATE = "1/min"
    settings.LANDING_TRUSTED_PROXY_COUNT = 1

    def status(forwarded_for: str) -> int:
        response = client.get(URL, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded_for)
        return response.status_code

    assert status("6.6.6.1, 192.0.2.1") == 200
    assert status("6.6.6.2, 192.0.2.1") == 429
    assert status("6.6.6.1, 192.0.2.2") == 200


def test_the_schema_has_every_field_and_marks_nullable_ones(client: Client) -> None:
    schema = client.get("/api/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json").json()
    shapes = schema["components"]["schemas"]
    response = stats.snapshot().as_dict()

    def nullable(name: str) -> set[str]:
        fields = shapes[name]["properties"].items()
        return {field for field, shape in fields if shape.get("nullable")}

    assert set(shapes["Stats"]["required"]) == set(response)
    assert set(shapes["Stats"]["properties"]) == set(response) | {"here"}
    assert set(shapes["Online"]["required"]) == nullable("Online") == set(response["online"])
    assert set(shapes["Today"]["required"]) == nullable("Today") == set(response["today"])
    assert nullable("Stats") == {"active_users_now", "as_of", "epoch", "here"}
    assert shapes["SourceEnum"]["enum"] == ["live", "stale", "unknown", "simulated"]
    assert schema["paths"][URL]["get"]["responses"]["200"]


@pytest.mark.parametrize("name", ["History", "Point", "Peaks"], ids=["history", "points", "peaks"])
def test_the_schema_of_the_history_has_every_field(client: Client, name: str) -> None:
    schema = client.get("/api/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json").json()
    response = client.get(HISTORY).json()
    content = {"History": response, "Point": response["points"][0], "Peaks": response["peaks"]}[
        name
    ]
    shape = schema["components"]["schemas"][name]

    assert set(shape["properties"]) == set(shape["required"]) == set(content)
    names = {each["name"] for each in schema["paths"][HISTORY]["get"]["parameters"]}
    assert names == {"hours", "limit", "until"}


def test_the_schema_is_valid_and_without_warnings() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file=/dev/null")


# -- the history -------------------------------------------------------------------------


def test_the_history_is_the_series_and_the_peaks(client: Client) -> None:
    now = timezone.now()
    record_sample(now - timedelta(minutes=20), people=9, connections=12, active=15)
    record_sample(now, people=4, connections=5, active=None)

    response = client.get(HISTORY, {"hours": "1"})

    content = response.json()
    known = [point for point in content["points"] if point["people"] is not None]
    at = datetime.fromtimestamp(int(now.timestamp()) // 60 * 60, UTC)
    assert response.status_code == 200
    assert (content["hours"], content["step_minutes"], len(content["points"])) == (1, 1, 60)
    assert [point["people"] for point in known] == [9, 4]
    assert known[-1] == {
        "at": f"{at:%Y-%m-%dT%H:%M:00Z}",
        "people": 4,
        "connections": 5,
        "active_users_now": None,
        "peak_people": 4,
    }
    assert content["peaks"]["last_7_days"] == content["peaks"]["last_30_days"] == 9


def test_the_history_of_an_empty_table_is_a_day_of_unknown_numbers(client: Client) -> None:
    content = client.get(HISTORY).json()

    assert (content["hours"], content["step_minutes"], len(content["points"])) == (24, 5, 288)
    assert {point["people"] for point in content["points"]} == {None}
    assert content["peaks"] == {"today": None, "last_7_days": None, "last_30_days": None}


def test_times_are_in_utc_whatever_the_time_zone_of_the_site(client: Client, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"

    content = client.get(HISTORY, {"hours": 1, "limit": 1, "until": "2026-01-31T21:30:00+09:00"})

    assert [point["at"] for point in content.json()["points"]] == ["2026-01-31T12:00:00Z"]


def test_the_history_costs_two_queries(client: Client, django_assert_num_queries: Any) -> None:
    client.get(URL)  # cache today's peak, as a running server does
    with django_assert_num_queries(2):
        client.get(HISTORY, {"hours": 8784})


def test_the_peaks_include_the_current_peak() -> None:
    known = Peaks(today=3, last_7_days=70, last_30_days=90)

    assert known.including(None) == known
    assert known.including(50) == Peaks(50, 70, 90)
    assert Peaks(None, None, None).including(50) == Peaks(50, 50, 50)


@pytest.mark.parametrize(
    ("name", "values"),
    {
        "hours": ["0", "-1", "8785", "1.5", "24.0", "1e9", "9" * 20, "9" * 5000, "", " 24", "+24"]
        + ["2_4", "٢٤", "24\0", "a", "null", "0x10"],
        "limit": ["0", "-5", "289", "1e2", "", "٢٨", "\0", "many"],
        "until": ["", "yesterday", "2026-01-31T12:00:00", "2026-01-31", "1769860800", "\0"]
        + ["2026-13-01T00:00:00Z", "٢٠٢٦-01-31T12:00:00Z", "0001-01-01T00:00:00+14:00"]
        + ["9999-12-31T23:59:59-14:00", "1969-12-31T23:59:59Z", "2026-01-31T12:00:00Z\0"],
    }.items(),
)
def test_an_invalid_parameter_gets_a_400_that_names_it(
    client: Client, name: str, values: list[str], settings: Any
) -> None:
    settings.LANDING_STATS_THROTTLE_RATE = "1000/min"
    for value in values:
        response = client.get(HISTORY, {name: value})

        assert (response.status_code, list(response.json())) == (400, [name]), value
        assert response["Cache-Control"] == "no-store"


def test_a_future_end_gets_a_400(client: Client) -> None:
    soon = timezone.now() + timedelta(minutes=1)

    response = client.get(HISTORY, {"until": soon.isoformat()})

    assert (response.status_code, response.json()) == (
        400,
        {"until": ["Must not be in the future."]},
    )


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("hours=1&hours=1", ["hours"]),
        ("limit=1&limit=2&until=now&until=now", ["limit", "until"]),
        ("hours=0&limit=-1&until=never", ["hours", "limit", "until"]),
    ],
)
def test_the_response_names_all_invalid_parameters(
    client: Client, query: str, fields: list[str]
) -> None:
    response = client.get(f"{HISTORY}?{query}")

    assert response.status_code == 400
    assert list(response.json()) == fields


def test_boundary_values_are_valid_and_unknown_parameters_ignored(client: Client) -> None:
    for query in ("hours=1&limit=1", "hours=8784&limit=288", "hours=024", "unheard=of"):
        assert client.get(f"{HISTORY}?{query}").status_code == 200, query
    assert client.get(HISTORY, {"until": "1970-01-01T00:00:00Z"}).status_code == 200


def test_the_history_is_read_only_and_sets_no_cookie(client: Client) -> None:
    response = client.post(HISTORY, "{}", content_type="application/json")

    assert response.status_code == 405
    assert not client.get(HISTORY).cookies


def test_the_history_is_throttled(client: Client, settings: Any) -> None:
    settings.LANDING_STATS_THROTTLE_RATE = "2/min"

    assert [client.get(HISTORY).status_code for _ in range(3)] == [200, 200, 429]


def test_requests_get_a_503_and_the_outage_is_logged_once(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(refuse):
        responses = [client.get(HISTORY) for _ in range(2)]

    assert [response.status_code for response in responses] == [503, 503]
    assert responses[0]["Cache-Control"] == "no-store"
    assert client.get(HISTORY).status_code == 200
    logged = [each.message for each in caplog.records if each.name == "landing.api.rest.views"]
    assert [re.split("; | after ", message)[0] for message in logged] == [
        "Reading the history failed",
        "Reading the history works again",
    ]
