"""Bad input for the activities endpoint."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from landing.models import Activity
from tests.api.activity_client import JOINED, URL, post

SOON = (datetime.now(UTC) + timedelta(days=1)).isoformat()
WRONG: dict[str, list[Any]] = {
    "kind": ["", " ", None, 5, ["signup"], {}, True, "x" * 33, "unheard-of", "SIGNUP", "a\0b"],
    "text": ["", " \n", "\u200b\u2060", None, 5, 1.5, False, ["joined"], {"en": "joined"}]
    + ["x" * 281, "a\0b", "\ud800", "\udc00 joined"],
    "actor": [None, 5, [], {}, True, "x" * 81, "Ana\0", "\udfff"],
    "data": [None, [], [1], "{}", 5, True, {"a": "x" * 4096}, {"a": "x\0"}, {"\0": 1}]
    + [{"a": "\ud800"}, {"a": {"b": ["c\0"]}}],
    "external_id": ["", " ", 42, 1.5, True, [], {}, "x" * 201, "a\nb", "a\u200bb", "a\0", "\ud800"],
    "timestamp": ["", None, 5, 1769860800, [], "yesterday", "2026-01-31", "2026-01-31T12:00:00"]
    + ["2026-02-30T12:00:00Z", "2026-01-31T12:00:00Z\0", "2026-01-31T25:00:00Z", SOON]
    + ["1969-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"],
    "color": ["red", None],
    "created_at": ["2026-01-31T12:00:00Z"],
    "": [""],
}


def nested(levels: int) -> str:
    return (
        '{"kind": "signup", "text": "joined", "data": {"a": ' + "[" * levels + "]" * levels + "}}"
    )


@pytest.mark.django_db
class TestBadInput:
    @pytest.fixture(autouse=True)
    def _raise_rate_limit(self, settings: Settings) -> None:
        settings.LANDING_ACTIVITY_THROTTLE_RATE = "10000/min"

    @pytest.mark.parametrize("field", WRONG)
    def test_an_invalid_value_gets_a_400_that_names_the_field(
        self, service: Client, field: str
    ) -> None:
        for value in WRONG[field]:
            response = post(service, **{field: value})

            assert (response.status_code, list(response.json())) == (400, [field]), value
            assert response["Cache-Control"] == "no-store"
        assert not Activity.objects.exists()

    @pytest.mark.parametrize("field", ["kind", "text"])
    def test_a_missing_field_is_named(self, service: Client, field: str) -> None:
        response = post(service, {name: JOINED[name] for name in JOINED if name != field})

        assert (response.status_code, list(response.json())) == (400, [field])

    def test_the_error_of_an_unknown_kind_lists_the_known_ones(self, service: Client) -> None:
        (error,) = post(service, kind="unheard-of").json()["kind"]

        assert error.endswith("Known kinds: campaign, milestone, purchase, signup.")

    def test_the_error_of_an_unknown_field_lists_the_known_ones(self, service: Client) -> None:
        (error,) = post(service, txt="joined").json()["txt"]

        assert error.endswith("Known fields: kind, text, actor, data, external_id, timestamp.")

    def test_the_response_names_all_invalid_fields(self, service: Client) -> None:
        response = post(service, {"kind": 5, "actor": None, "data": [], "color": "red"})

        assert set(response.json()) == {"kind", "text", "actor", "data", "color"}

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "{",
            "joined",
            '{"kind": "signup", "text": "joined",}',
            '{"kind": "signup", "text": "joined", "data": {"a": NaN}}',
            '{"kind": "signup", "text": "joined", "data": {"a": -Infinity}}',
            '{"kind": "signup", "text": "joined", "data": {"a": 1e999}}',
            '{"kind": "signup", "text": 1e999}',
            '{"kind": "signup", "text": "joined", "data": {"a": ' + "9" * 5000 + "}}",
            "null",
            "5",
            '"joined"',
            "[]",
            '[{"kind": "signup", "text": "joined"}]',
            b"\xff\xfe",
            '{"kind": "signup", "text": "joined"}'.encode("utf-16"),
            "[" * 10_000,
            "[" * 60_000,
            '{"a":' * 10_000,
            nested(32),
            nested(500),
            nested(900),
            nested(980),
            nested(5_000),
            " " * 70_000,
            json.dumps(JOINED) + " " * 70_000,
        ],
    )
    def test_a_malformed_body_gets_a_400(self, service: Client, body: Any) -> None:
        response = post(service, body)

        assert response.status_code == 400
        assert response["Content-Type"] == "application/json"
        assert not Activity.objects.exists()

    def test_the_deepest_valid_data_can_be_read_again(self, service: Client) -> None:
        assert post(service, nested(31)).status_code == 201
        assert service.get(URL).status_code == 200

    @pytest.mark.parametrize(
        "content_type",
        ["application/x-www-form-urlencoded", "text/plain", "", "multipart/form-data"],
    )
    def test_other_content_types_get_a_415(self, service: Client, content_type: str) -> None:
        response = service.post(URL, "kind=signup&text=joined", content_type=content_type)

        assert response.status_code == 415

    @pytest.mark.parametrize("charset", ["latin-1", "utf-16", "zlib", "hex", "rot13", "undefined"])
    def test_json_is_read_as_utf_8_whatever_the_charset(
        self, service: Client, charset: str
    ) -> None:
        response = service.generic(
            "POST",
            URL,
            json.dumps(JOINED, ensure_ascii=False).encode(),
            content_type=f"application/json; charset={charset}",
        )

        assert response.status_code == 201
        assert Activity.objects.get().actor == "Ana María"

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_other_methods_get_a_405(self, service: Client, method: str) -> None:
        assert getattr(service, method)(URL).status_code == 405
