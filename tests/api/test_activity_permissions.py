"""Permissions to publish at the activities endpoint."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from landing.models import Activity, PublishToken
from tests.api.activity_client import JOINED, URL, client_with, create_token, in_browser, post
from tests.metrics import samples


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
