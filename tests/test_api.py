from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.urls import resolve, reverse

from landing import stats
from tests.rows import row

pytestmark = pytest.mark.django_db

URL = "/api/landing/stats/"


def test_the_route_has_the_name_that_others_reverse() -> None:
    assert reverse("landing-api:stats") == URL
    assert resolve(URL).view_name == "landing-api:stats"


def test_the_answer_is_the_snapshot(client: Client) -> None:
    row(1)

    answer = client.get(URL)

    assert answer.status_code == 200
    assert answer.json() == stats.snapshot().as_dict()
    assert answer.json()["today"]["page_views"] == 1


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html,*/*;q=0.8"])
def test_the_answer_is_json_and_kept_by_no_cache(client: Client, accept: str) -> None:
    answer = client.get(URL, HTTP_ACCEPT=accept)

    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"


def test_without_a_worker_an_answer_reads_the_table_and_the_next_one_does_not(
    client: Client, django_user_model: Any, django_assert_num_queries: Any
) -> None:
    client.force_login(django_user_model.objects.create_user("ana"))

    with django_assert_num_queries(2):
        client.get(URL)
        client.get(URL)


def test_asking_is_no_page_view_and_makes_nobody_a_visitor(client: Client) -> None:
    answer = client.get(URL, HTTP_ACCEPT="text/html,*/*")

    assert not answer.cookies
    assert client.get(URL).json()["today"]["page_views"] == 0


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_there_is_nothing_to_write(client: Client, method: str) -> None:
    answer = getattr(client, method)(URL, "{}", content_type="application/json")

    assert answer.status_code == 405
    assert answer["Cache-Control"] == "no-store"


def test_a_database_that_is_away_leaves_gaps_and_no_error(client: Client) -> None:
    def refuse(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(refuse):
        answer = client.get(URL)

    assert answer.status_code == 200
    assert answer.json()["active_users_now"] is None
    assert answer.json()["today"] == {"visitors": None, "page_views": None, "peak_people": None}


def test_too_many_requests_are_refused_and_told_when_to_come_back(
    client: Client, settings: Any
) -> None:
    settings.LANDING_STATS_THROTTLE_RATE = "2/min"

    statuses = [client.get(URL).status_code for _ in range(3)]
    refused = client.get(URL)

    assert statuses == [200, 200, 429]
    assert int(refused["Retry-After"]) > 0
    assert refused["Cache-Control"] == "no-store"
    assert refused["Content-Type"] == "application/json"


def test_clients_are_throttled_each_for_itself_and_cannot_pose_as_others(
    client: Client, settings: Any
) -> None:
    settings.LANDING_STATS_THROTTLE_RATE = "1/min"

    def status(peer: str, forwarded_for: str) -> int:
        return client.get(URL, REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded_for).status_code

    assert status("192.0.2.1", "6.6.6.1") == 200
    assert status("192.0.2.1", "6.6.6.2") == 429
    assert status("192.0.2.2", "6.6.6.1") == 200


def test_clients_behind_a_trusted_proxy_are_throttled_each_for_itself(
    client: Client, settings: Any
) -> None:
    settings.LANDING_STATS_THROTTLE_RATE = "1/min"
    settings.LANDING_TRUSTED_PROXY_COUNT = 1

    def status(forwarded_for: str) -> int:
        answer = client.get(URL, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded_for)
        return answer.status_code

    assert status("6.6.6.1, 192.0.2.1") == 200
    assert status("6.6.6.2, 192.0.2.1") == 429
    assert status("6.6.6.1, 192.0.2.2") == 200


def test_the_schema_has_every_field_and_says_which_may_be_null(client: Client) -> None:
    schema = client.get("/api/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json").json()
    shapes = schema["components"]["schemas"]
    answer = stats.snapshot().as_dict()

    def nullable(name: str) -> set[str]:
        fields = shapes[name]["properties"].items()
        return {field for field, shape in fields if shape.get("nullable")}

    assert set(shapes["Stats"]["properties"]) == set(shapes["Stats"]["required"]) == set(answer)
    assert set(shapes["Online"]["required"]) == nullable("Online") == set(answer["online"])
    assert set(shapes["Today"]["required"]) == nullable("Today") == set(answer["today"])
    assert nullable("Stats") == {"active_users_now", "as_of"}
    assert shapes["SourceEnum"]["enum"] == ["live", "stale", "simulated"]
    assert schema["paths"][URL]["get"]["responses"]["200"]


def test_the_schema_is_valid_and_without_warnings() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file=/dev/null")
