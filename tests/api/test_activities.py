"""The activities endpoint: publishing, permissions, bad input, idempotency, and pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from django.contrib.auth.models import Permission, User
from django.db import OperationalError, connection, connections
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries, Settings

from landing.activity import moderation
from landing.activity.kinds import KINDS
from landing.api import activity_views
from landing.api.activity_serializers import ActivitySerializer
from landing.api.pagination import Cursor, Page, read_page
from landing.dates import EPOCH
from landing.models import Activity, PublishToken
from tests.analytics.plans import plans, reads_or_sorts_all
from tests.analytics.rows import analyze, nothing_was_ever_stored, store_many
from tests.metrics import samples

URL = "/api/landing/activities/"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
JOINED = {"kind": "signup", "text": "joined", "actor": "Ana María"}
LONGEST = {"kind": "signup", "text": "é" * 280, "actor": "𝄞" * 80, "external_id": "x" * 200}


def create_token(**columns: Any) -> tuple[PublishToken, str]:
    """Store a token, and return it with its key."""
    return cast("tuple[PublishToken, str]", PublishToken.objects.create_key(name="crm", **columns))


def client_with(key: str) -> Client:
    return Client(headers={"Authorization": f"Api-Key {key}"})


def post(client: Client, body: Any = None, key: str | None = None, **fields: Any) -> Any:
    """POST the body, or a sign-up with these fields. ``key`` is the Idempotency-Key."""
    headers = {} if key is None else {"Idempotency-Key": key}
    content = JOINED | fields if body is None else body
    return client.post(URL, content, content_type="application/json", headers=headers)


@pytest.fixture
def service(db: None) -> Client:
    """Return a client with a token for every kind."""
    return client_with(create_token()[1])


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


# -- permissions -------------------------------------------------------------------------------


@pytest.fixture
def staff(django_user_model: type[User]) -> User:
    user = django_user_model.objects.create_user("eva", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="add_activity"))
    return user


def in_browser(user: User) -> Client:
    """Return a client with the user's session that checks CSRF tokens."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    return browser


@pytest.mark.django_db
class TestPermissions:
    def test_staff_can_publish_with_the_permission_and_a_csrf_token(self, staff: User) -> None:
        browser = in_browser(staff)
        browser.get("/admin/password_change/")  # a page with a form sets the cookie
        csrf_token = browser.cookies["csrftoken"].value

        response = browser.post(
            URL, JOINED, content_type="application/json", headers={"X-CSRFToken": csrf_token}
        )

        assert response.status_code == 201

    def test_a_request_without_a_csrf_token_is_forbidden(self, staff: User) -> None:
        response = post(in_browser(staff))

        assert response.status_code == 403
        assert "CSRF" in response.json()["detail"]
        assert not Activity.objects.exists()

    @pytest.mark.parametrize(
        ("is_staff", "codename"), [(False, "add_activity"), (True, "view_activity")]
    )
    def test_users_without_the_permission_are_forbidden(
        self, django_user_model: type[User], is_staff: bool, codename: str
    ) -> None:
        user = django_user_model.objects.create_user("ben", is_staff=is_staff)
        user.user_permissions.set(Permission.objects.filter(codename=codename))
        client = Client()
        client.force_login(user)

        response = post(client)

        assert (response.status_code, list(response.json())) == (403, ["detail"])
        assert not Activity.objects.exists()

    def test_an_inactive_user_is_unauthorized(self, staff: User) -> None:
        browser = in_browser(staff)
        User.objects.update(is_active=False)

        assert post(browser).status_code == 401

    @pytest.mark.parametrize(
        "header",
        [
            None,
            "",
            "Api-Key",
            "Api-Key ",
            "Api-Key garbage",
            "Api-Key \0",
            "Api-Key " + "x" * 5000,
            "Api-Key abcdefgh." + "x" * 32,
            "Bearer abcdefgh." + "x" * 32,
            "Basic YTpi",
        ],
    )
    def test_an_unknown_token_gets_a_401_with_the_expected_scheme(
        self, client: Client, header: str | None
    ) -> None:
        headers = {} if header is None else {"Authorization": header}
        response = client.post(URL, JOINED, content_type="application/json", headers=headers)

        assert (response.status_code, response["WWW-Authenticate"]) == (401, "Api-Key")
        assert list(response.json()) == ["detail"]
        assert response["Cache-Control"] == "no-store"

    def test_a_malformed_token_costs_no_query(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(0):
            post(client_with("abcdefgh.short"))

    def test_the_secret_part_is_compared(self) -> None:
        key = create_token()[1]

        assert post(client_with(key[:-1] + ("a" if key[-1] != "a" else "b"))).status_code == 401

    def test_revoked_and_expired_tokens_are_unauthorized(self) -> None:
        past, future = (timezone.now() + timedelta(minutes=minutes) for minutes in (-1, 1))

        assert post(client_with(create_token(revoked=True)[1])).status_code == 401
        assert post(client_with(create_token(expiry_date=past)[1])).status_code == 401
        assert post(client_with(create_token(expiry_date=future)[1])).status_code == 201

    def test_a_wrong_token_is_unauthorized_even_with_a_session(self, admin_client: Client) -> None:
        response = admin_client.post(
            URL, JOINED, content_type="application/json", headers={"Authorization": "Api-Key x"}
        )

        assert response.status_code == 401

    def test_a_token_publishes_only_kinds_in_its_scope(self) -> None:
        client = client_with(create_token(scope="purchase, campaign")[1])

        assert post(client, kind="campaign").status_code == 201
        response = post(client, kind="signup")
        assert response.status_code == 403
        assert response.json()["detail"] == "This token may only publish purchase, campaign."

    def test_the_secret_part_is_not_stored(self) -> None:
        stored, key = create_token()

        row = PublishToken.objects.values().get()
        assert key.partition(".")[2] not in repr(row)
        assert stored.hashed_key.startswith("sha512$$")

    def test_the_last_use_is_recorded_at_most_once_a_minute(self) -> None:
        stored, key = create_token()
        client = client_with(key)
        assert stored.last_used_at is None

        def used_at(time: datetime) -> datetime | None:
            PublishToken.objects.update(last_used_at=time)
            post(client)
            return PublishToken.objects.get().last_used_at

        post(client)
        assert PublishToken.objects.get().last_used_at is not None
        now = timezone.now()
        just_now, long_ago = now - timedelta(seconds=50), now - timedelta(seconds=61)
        assert used_at(just_now) == just_now
        assert cast("datetime", used_at(long_ago)) >= now

    def test_throttled_requests_get_a_retry_after(
        self, settings: Settings, django_user_model: type[User]
    ) -> None:
        settings.LANDING_ACTIVITY_THROTTLE_RATE = "2/min"
        first, other = (client_with(create_token()[1]) for _ in range(2))
        admin = Client()
        admin.force_login(django_user_model.objects.create_superuser("root"))

        with samples.hits_of_limits() as counted:
            assert [post(first).status_code for _ in range(3)] == [201, 201, 429]
            response = post(first)
        assert counted == {"publish_api": 2}
        assert 0 < int(response["Retry-After"]) <= 60
        assert response["Cache-Control"] == "no-store"
        assert [post(other).status_code, post(admin).status_code] == [201, 201]
        assert Activity.objects.count() == 4


# -- bad input -------------------------------------------------------------------------------

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


# -- idempotency -------------------------------------------------------------------------------

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


# -- reading -----------------------------------------------------------------------------------


def create_activity(seconds: float = 0, **columns: Any) -> Activity:
    """Store an activity of this many seconds after noon."""
    at = NOON + timedelta(seconds=seconds)
    return cast(
        "Activity",
        Activity.objects.create(**{"kind": "signup", "text": "joined", "created_at": at} | columns),
    )


def ids(response: dict[str, Any]) -> list[int]:
    return [each["id"] for each in response["results"]]


def walk(client: Client, link: str | None) -> Iterator[dict[str, Any]]:
    while link is not None:
        response = client.get(link).json()
        yield response
        link = response["next"]


@pytest.mark.django_db
@pytest.mark.each_database
class TestReading:
    def test_an_empty_table_gives_an_empty_page(self, client: Client) -> None:
        assert client.get(URL).json() == {"next": None, "previous": None, "results": []}

    def test_public_fields_do_not_include_data_and_external_id(self, client: Client) -> None:
        one = create_activity(0.123, actor="Ana María", data={"order": 7}, external_id="crm-1")

        response = client.get(URL)

        assert response["Content-Type"] == "application/json"
        assert response["Cache-Control"] == "no-store"
        assert response.json()["results"] == [
            {
                "id": one.pk,
                "kind": "signup",
                "text": "joined",
                "actor": "Ana",
                "timestamp": "2026-01-31T12:00:00.123Z",
            }
        ]

    @pytest.mark.parametrize(
        ("display", "shown"),
        [("full", "Ana María"), ("first_name", "Ana"), ("initial", "A."), ("nobody", "Someone")],
    )
    def test_the_display_setting_limits_the_name(
        self, client: Client, settings: Settings, display: str, shown: str
    ) -> None:
        settings.LANDING_ACTIVITY_ACTOR_DISPLAY = display
        create_activity(actor="Ana María")

        assert client.get(URL).json()["results"][0]["actor"] == shown

    def test_activities_are_newest_first_without_hidden_ones(self, client: Client) -> None:
        middle, newest, oldest = create_activity(1), create_activity(2), create_activity(0)
        same_time = create_activity(1)
        create_activity(3, is_hidden=True)
        held = create_activity(4, reach=Activity.Reach.HELD)

        expected = [held, newest, same_time, middle, oldest]
        assert ids(client.get(URL).json()) == [each.pk for each in expected]

    def test_reading_costs_one_query_and_no_session(
        self, admin_client: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        rows = [create_activity(number) for number in range(5)]
        with django_assert_num_queries(1):
            page = admin_client.get(URL, {"limit": 2}).json()
        with django_assert_num_queries(1):
            page = admin_client.get(page["next"]).json()
        with django_assert_num_queries(1):
            assert len(admin_client.get(page["previous"]).json()["results"]) == 2
        assert ids(page) == [rows[2].pk, rows[1].pk]

    def test_a_page_has_twenty_rows_by_default(self, client: Client) -> None:
        for number in range(101):
            create_activity(number)

        assert len(client.get(URL).json()["results"]) == 20
        for limit in (1, 100):
            page = client.get(URL, {"limit": limit}).json()
            assert len(page["results"]) == limit
            assert f"limit={limit}" in page["next"]

    @pytest.mark.parametrize(
        "limit", ["0", "-1", "101", "x", "", "1.5", " 5", "٢", "9" * 5000, "\0"]
    )
    def test_an_invalid_limit_gets_a_400(self, client: Client, limit: str) -> None:
        response = client.get(URL, {"limit": limit})

        assert (response.status_code, list(response.json())) == (400, ["limit"])
        assert response["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        "cursor",
        ["", "x", "before-1", "before-1-x", "before--1-1", "between-1-1", "before-1-1 ", "\0"]
        + ["before-" + "9" * 18 + "-1", "before-1-" + "9" * 19, "after-٢-1", "cD0yMDI2LTAxLTMx"],
    )
    def test_an_invalid_cursor_gets_a_400(self, client: Client, cursor: str) -> None:
        create_activity()
        response = client.get(URL, {"cursor": cursor})

        assert (response.status_code, list(response.json())) == (400, ["cursor"])

    @pytest.mark.parametrize("cursor", ["before-0-0", "after-" + "9" * 17 + "-1"])
    def test_a_page_beyond_either_end_is_empty(self, client: Client, cursor: str) -> None:
        create_activity()
        page = client.get(URL, {"cursor": cursor}).json()

        assert page["results"] == []
        back = page["previous" if "before" in cursor else "next"]
        assert len(client.get(back).json()["results"]) == 1

    def test_repeated_parameters_get_a_400_and_unknown_ones_are_ignored(
        self, client: Client
    ) -> None:
        response = client.get(f"{URL}?limit=1&limit=2")

        assert (response.status_code, list(response.json())) == (400, ["limit"])
        assert client.get(f"{URL}?unheard=of").status_code == 200

    def test_all_of_a_thousand_activities_with_one_timestamp_are_read(self, client: Client) -> None:
        Activity.objects.bulk_create(
            [Activity(kind="signup", text="joined", created_at=NOON) for _ in range(1205)]
        )

        found = [id for page in walk(client, f"{URL}?limit=100") for id in ids(page)]

        assert len(found) == 1205
        assert found == sorted(found, reverse=True)

    def test_reading_is_throttled(self, client: Client, settings: Settings) -> None:
        settings.LANDING_STATS_THROTTLE_RATE = "2/min"

        assert [client.get(URL).status_code for _ in range(3)] == [200, 200, 429]


def read_onward(cursor: Cursor | None, limit: int) -> Iterator[Page]:
    """Yield the page at the cursor and the pages that follow its links."""
    direction = cursor.direction if cursor else "before"
    while True:
        found = read_page(Activity.objects.published(), cursor, limit)
        yield found
        onward = found.older if direction == "before" else found.newer
        if onward is None:
            return
        cursor = Cursor.parse(str(onward))


def keys(pages: Iterable[Page]) -> list[int]:
    return [row.pk for page in pages for row in page.rows]


@pytest.mark.django_db
@pytest.mark.each_database
class TestPagesWithAnyRows(TestCase):
    @example_settings(max_examples=50)
    @given(
        seconds=st.lists(st.integers(0, 3), min_size=1, max_size=12),
        limit=st.integers(1, 4),
        meanwhile=st.lists(
            st.tuples(st.sampled_from(["publish", "hide"]), st.integers(0, 11)), max_size=12
        ),
    )
    def test_concurrent_changes_neither_repeat_nor_lose_rows(
        self, seconds: list[int], limit: int, meanwhile: list[tuple[str, int]]
    ) -> None:
        Activity.objects.all().delete()
        rows = [create_activity(second) for second in seconds]
        changes, pages, hidden = iter(meanwhile), [], set()
        for found in read_onward(None, limit):
            pages.append(found)
            change, number = next(changes, ("", 0))
            if change == "publish":
                create_activity(number / 4)
            elif change == "hide":
                row = rows[number % len(rows)]
                hidden.add(row.pk)
                Activity.objects.filter(pk=row.pk).update(is_hidden=True)
        read = keys(pages)
        assert len(read) == len(set(read))
        assert {row.pk for row in rows} - hidden <= set(read)

    @example_settings(max_examples=30)
    @given(seconds=st.lists(st.integers(0, 2), min_size=1, max_size=10), limit=st.integers(1, 4))
    def test_pages_are_in_order_and_lead_back(self, seconds: list[int], limit: int) -> None:
        Activity.objects.all().delete()
        rows = [create_activity(second) for second in seconds]
        rows.sort(key=lambda row: (row.created_at, row.pk), reverse=True)
        there = list(read_onward(None, limit))
        assert keys(there) == [row.pk for row in rows]
        if (back := there[-1].newer) is not None:
            assert [found.rows for found in read_onward(back, limit)] == [
                found.rows for found in there[-2::-1]
            ]


@pytest.mark.django_db
@pytest.mark.each_database
def test_pages_use_an_index(client: Client) -> None:
    nothing_was_ever_stored()
    store_many(
        Activity,
        (
            {
                "kind": "signup",
                "text": "joined",
                "created_at": NOON + timedelta(seconds=number // 3),
                "reach": "held",
            }
            for number in range(30_000)
        ),
    )
    analyze()
    at = int((NOON + timedelta(seconds=5_000) - EPOCH).total_seconds() * 1e6)

    for query in ({}, {"cursor": f"before-{at}-15000"}, {"cursor": f"after-{at}-15000"}):
        with plans() as found:
            assert len(client.get(URL, query).json()["results"]) == 20

        ((sql, plan),) = found
        assert not reads_or_sorts_all(plan), f"{query}\n{sql}\n{plan}"


# -- the schema --------------------------------------------------------------------------------


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
