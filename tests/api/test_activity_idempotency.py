"""Repeated requests to publish the same activity."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from landing.activity import moderation
from landing.models import Activity, PublishToken
from tests.api.activity_client import URL, client_with, create_token, post

#: JSON values, which databases write in different ways.
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@pytest.mark.django_db
@pytest.mark.each_database
class TestIdempotency:
    def test_a_repeated_request_gets_the_same_response(self, service: Client) -> None:
        responses = [post(service, key="8e03978e").json() for _ in range(3)]

        assert responses[0] == responses[1] == responses[2]
        assert Activity.objects.get().external_id == responses[0]["external_id"] == "8e03978e"

    def test_the_key_is_the_external_id(self, service: Client) -> None:
        by_key = post(service, key="crm-1")
        by_id = post(service, external_id="crm-1")
        by_both = post(service, key="crm-1", external_id="crm-1")

        assert by_key.json() == by_id.json() == by_both.json()
        assert Activity.objects.count() == 1

    def test_a_repeated_request_may_have_another_timestamp(self, service: Client) -> None:
        first = post(service, key="k", timestamp="2026-01-31T12:00:00Z")

        assert post(service, key="k", timestamp="2026-01-31T12:00:05Z").json() == first.json()
        assert post(service, key="k").json() == first.json()

    @pytest.mark.parametrize(
        "change", [{"kind": "purchase"}, {"text": "left"}, {"actor": "Ben"}, {"data": {"a": 2}}]
    )
    def test_another_activity_with_the_same_key_gets_a_400(
        self, service: Client, change: dict[str, Any]
    ) -> None:
        post(service, key="k", data={"a": 1})

        response = post(service, key="k", **{"data": {"a": 1}} | change)

        assert (response.status_code, list(response.json())) == (400, ["external_id"])
        assert response.json()["external_id"][0] == (
            f"Already published with another {next(iter(change))}."
        )
        assert Activity.objects.count() == 1

    def test_a_key_that_differs_from_the_external_id_gets_a_400(self, service: Client) -> None:
        response = post(service, key="k", external_id="crm-1")

        assert (response.status_code, list(response.json())) == (400, ["external_id"])

    @pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\tb", "\x7f"])
    def test_a_key_has_the_limits_of_an_external_id(self, service: Client, key: str) -> None:
        response = post(service, key=key)

        assert (response.status_code, list(response.json())) == (400, ["external_id"])

    def test_requests_without_a_key_publish_each_time(self, service: Client) -> None:
        post(service)
        post(service, external_id=None)

        assert Activity.objects.count() == 2

    def test_a_repeated_request_does_not_show_a_hidden_activity(self, service: Client) -> None:
        response = post(service, key="k")
        moderation.hide([response.json()["id"]])

        assert post(service, key="k").json() == response.json()
        assert service.get(URL).json()["results"] == []


@pytest.mark.django_db
@pytest.mark.each_database
class TestIdempotencyWithAnyData(TestCase):
    @example_settings(max_examples=40)
    @given(data=st.dictionaries(st.text("ab", max_size=3), JSON_VALUES, max_size=3))
    def test_a_repeated_request_gets_the_same_data(self, data: dict[str, Any]) -> None:
        Activity.objects.all().delete()
        PublishToken.objects.all().delete()
        with self.settings(LANDING_ACTIVITY_THROTTLE_RATE="100000/min"):
            service = client_with(create_token()[1])
            first, second = (post(service, key="k", data=data) for _ in range(2))

        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()


@pytest.mark.django_db(transaction=True)
@pytest.mark.each_database
def test_concurrent_requests_with_one_key_publish_once() -> None:
    key = create_token()[1]

    def publish(_: int) -> Any:
        try:
            return post(client_with(key), key="k", data={"a": 1})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        responses = list(pool.map(publish, range(20)))

    assert [response.status_code for response in responses] == [201] * 20
    stored = Activity.objects.get()
    assert {response.json()["id"] for response in responses} == {stored.pk}
    assert all(response.json() == responses[0].json() for response in responses)
    assert stored.reach == Activity.Reach.PUSHED
