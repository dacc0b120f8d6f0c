"""The activities endpoint: publishing, an unavailable database, and the schema."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from landing.activity.kinds import KINDS
from landing.api.rest import activity_views
from landing.api.rest.activity_serializers import ActivitySerializer
from landing.models import Activity
from tests.api.activity_client import URL, client_with, create_activity, in_browser, post

LONGEST = {"kind": "signup", "text": "é" * 280, "actor": "𝄞" * 80, "external_id": "x" * 200}


@pytest.fixture
def _unavailable_database() -> Iterator[None]:
    def refuse(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.django_db
@pytest.mark.each_database
class TestPublishing:
    def test_the_response_is_the_stored_activity(self, service: Client) -> None:
        response = post(service, data={"plan": "free"}, external_id="crm-1")

        stored = Activity.objects.get()
        at = stored.created_at
        assert response.status_code == 201
        assert response["Content-Type"] == "application/json"
        assert response["Cache-Control"] == "no-store"
        assert response.json() == {
            "id": stored.pk,
            "kind": "signup",
            "text": "joined",
            "actor": "Ana",
            "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
            "data": {"plan": "free"},
            "external_id": "crm-1",
        }
        assert (stored.actor, stored.data) == ("Ana María", {"plan": "free"})

    def test_kind_and_text_are_the_only_required_fields(self, service: Client) -> None:
        response = post(service, {"kind": "campaign", "text": "Spring sale"})

        assert response.status_code == 201
        assert (response.json()["actor"], response.json()["data"]) == ("Someone", {})
        assert response.json()["external_id"] is None

    def test_a_timestamp_may_be_in_the_past(self, service: Client) -> None:
        response = post(service, timestamp="2026-01-31T13:00:00.123456+01:00")

        assert response.json()["timestamp"] == "2026-01-31T12:00:00.123Z"

    @pytest.mark.parametrize("field", LONGEST)
    def test_fields_accept_the_documented_length(self, service: Client, field: str) -> None:
        assert post(service, **{field: LONGEST[field]}).status_code == 201

    def test_a_request_costs_six_queries_or_five_with_a_recently_used_token(
        self, service: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        # The token and its last use; then the newest time, the savepoint, the row, and its release.
        with django_assert_num_queries(2 + 4):
            post(service)
        with django_assert_num_queries(1 + 4):
            post(service)


@pytest.mark.django_db
@pytest.mark.usefixtures("_unavailable_database")
class TestUnavailableDatabase:
    @pytest.fixture(autouse=True)
    def _end_outage(self) -> Iterator[None]:
        yield
        activity_views.outage.record_success()

    def test_requests_get_a_503_and_the_outage_is_logged_once(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        publishing = client_with("abcdefgh." + "x" * 32)
        responses = [client.get(URL), post(publishing), post(publishing)]

        assert [response.status_code for response in responses] == [503, 503, 503]
        assert {response["Cache-Control"] for response in responses} == {"no-store"}
        assert responses[0].json() == {"detail": "The database is unavailable. Try again later."}
        logged = [each for each in caplog.records if each.name == activity_views.__name__]
        assert [each.message.partition(";")[0] for each in logged] == [
            "The activities endpoint failed"
        ]
        assert logged[0].exc_info is None


@pytest.mark.django_db
def test_an_unreadable_session_gets_a_503(staff: User) -> None:
    browser = in_browser(staff)

    def refuse(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(refuse):
        response = post(browser)

    assert response.status_code == 503


@pytest.mark.django_db
def test_the_schema_has_every_field_parameter_and_response(client: Client) -> None:
    schema = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    content = schema.json()
    reading, publishing = (content["paths"][URL][method] for method in ("get", "post"))
    shapes = content["components"]["schemas"]
    shown = ActivitySerializer(create_activity()).data

    assert set(shapes["Activity"]["properties"]) == set(shapes["Activity"]["required"])
    assert set(shapes["Activity"]["properties"]) == set(shown)
    assert set(shapes["Published"]["properties"]) == {*shown, "data", "external_id"}
    assert shapes["Publish"]["required"] == ["kind", "text"]
    assert shapes["Publish"]["additionalProperties"] is False
    assert shapes["KindEnum"]["enum"] == sorted(KINDS)
    assert set(shapes["Page"]["required"]) == {"next", "previous", "results"}
    assert {each["name"] for each in reading["parameters"]} == {"limit", "cursor"}
    assert [each["name"] for each in publishing["parameters"]] == ["Idempotency-Key"]
    assert set(reading["responses"]) == {"200", "400", "429", "503"}
    assert set(publishing["responses"]) == {"201", "400", "401", "403", "415", "429", "503"}
    assert reading.get("security", [{}]) == [{}]
    assert publishing["security"] == [{"token": []}, {"cookieAuth": []}]
