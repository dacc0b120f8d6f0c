"""Failed logins lock a network, and few passwords are hashed at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from axes.models import AccessAttempt
from django.conf import settings as site_settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from landing.dates import utc_now
from landing_site.admin import login_limits
from landing_site.admin.login_limits import (
    MAX_REMEMBERED,
    REMEMBERED_SECONDS,
    RecentLocks,
    RunningLogins,
)
from tests.metrics import samples
from tests.services.site import DaphneServer

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"
PASSWORD = "of-a-test"
LIMIT = site_settings.AXES_FAILURE_LIMIT
ATTACKER, OTHER = "192.0.2.1", "192.0.2.2"


@pytest.fixture(autouse=True)
def _staff() -> None:
    login_limits.recent_locks.clear()
    User.objects.create_superuser("ana", password=PASSWORD)


def login(address: str, password: str = "wrong", username: str = "ana", **headers: str) -> Any:
    form = {"username": username, "password": password, "next": "/admin/"}
    return Client().post(LOGIN, form, REMOTE_ADDR=address, headers=headers)


def fail(address: str, times: int = LIMIT, **fields: str) -> None:
    for _ in range(times):
        login(address, **fields)


def is_locked(address: str, **headers: str) -> bool:
    """Return whether even the right password is refused."""
    status = login(address, PASSWORD, **headers).status_code
    assert status in (HTTPStatus.FOUND, HTTPStatus.TOO_MANY_REQUESTS)
    return status == HTTPStatus.TOO_MANY_REQUESTS


def test_failed_logins_below_the_limit_lock_nobody() -> None:
    fail(ATTACKER, LIMIT - 1)
    assert not is_locked(ATTACKER)


def test_too_many_failed_logins_lock_their_network_but_not_the_account() -> None:
    with samples.hits_of_limits() as counted:
        fail(ATTACKER)
        assert is_locked(ATTACKER)
        assert not is_locked(OTHER)
    assert counted == {"logins": 2}, "the last login of the limit, and one more"


def test_failed_logins_to_different_accounts_count_together() -> None:
    for number in range(LIMIT):
        login(ATTACKER, username=f"guess{number}")
    assert is_locked(ATTACKER)


def test_a_successful_login_does_not_forgive_the_failed_ones() -> None:
    fail(ATTACKER, LIMIT - 1)
    assert login(ATTACKER, PASSWORD).status_code == HTTPStatus.FOUND
    fail(ATTACKER, 1)
    assert is_locked(ATTACKER)


def test_addresses_of_one_ipv6_network_are_locked_together() -> None:
    for number in range(LIMIT):
        login(f"2001:db8:1:2::{number:x}")
    assert is_locked("2001:db8:1:2:ffff::1")
    assert not is_locked("2001:db8:1:3::1")


def test_an_ipv4_address_is_one_network_in_both_notations() -> None:
    fail(f"::ffff:{ATTACKER}")
    assert is_locked(ATTACKER)


def test_behind_a_proxy_the_network_is_that_of_the_client(settings: Any) -> None:
    settings.LANDING_TRUSTED_PROXY_COUNT = 1
    proxy = "10.0.0.1"
    for number in range(LIMIT):
        # The client may invent every hop to the left of its own.
        login(proxy, **{"X-Forwarded-For": f"198.51.100.{number}, {ATTACKER}"})
    assert is_locked(proxy, **{"X-Forwarded-For": ATTACKER})
    assert not is_locked(proxy, **{"X-Forwarded-For": f"{ATTACKER}, {OTHER}"})


def test_a_lock_ends_after_the_cool_off_even_if_the_client_goes_on() -> None:
    fail(ATTACKER, LIMIT + 3)
    past = utc_now() - site_settings.AXES_COOLOFF_TIME - timedelta(seconds=1)
    AccessAttempt.objects.update(attempt_time=past)
    login_limits.recent_locks.clear()
    assert not is_locked(ATTACKER)


@pytest.mark.parametrize("command", [["axes_reset"], ["axes_reset_ip", "2001:db8::"]])
def test_an_operator_unlocks_a_network(command: list[str]) -> None:
    fail("2001:db8::7")
    assert is_locked("2001:db8::7")
    call_command(*command, verbosity=0)
    login_limits.recent_locks.clear()
    assert not is_locked("2001:db8::7")


def test_the_page_of_a_locked_network_names_the_time() -> None:
    fail(ATTACKER)
    response = login(ATTACKER)
    assert response["Retry-After"] == "900"
    assert response["Cache-Control"] == "no-store"
    assert "locked for up to 15 minutes" in response.text
    assert Client().get(LOGIN, REMOTE_ADDR=ATTACKER).status_code == HTTPStatus.OK


def test_no_password_is_hashed_for_a_locked_network(monkeypatch: pytest.MonkeyPatch) -> None:
    fail(ATTACKER)
    monkeypatch.setattr("django.contrib.auth.authenticate", None)
    monkeypatch.setattr("django.contrib.auth.forms.authenticate", None)
    assert login(ATTACKER).status_code == HTTPStatus.TOO_MANY_REQUESTS


@pytest.mark.parametrize(("limit", "running"), [(1, OTHER), (2, ATTACKER)])
def test_a_login_beyond_the_limit_is_refused_at_once(
    limit: int, running: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    logins = RunningLogins(limit)
    monkeypatch.setattr(login_limits, "running_logins", logins)
    with logins.running(running):
        with samples.hits_of_limits() as counted:
            response = login(ATTACKER, PASSWORD)
        assert counted == {"logins": 1}
        assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert response["Retry-After"] == "2"
        assert "Please try again" in response.text
    assert not is_locked(ATTACKER)


def test_an_attacker_leaves_room_for_other_networks() -> None:
    logins = RunningLogins(2)
    with logins.running(ATTACKER) as first, logins.running(ATTACKER) as second:
        assert (first, second) == (True, False)
        with logins.running(OTHER) as other, logins.running("192.0.2.3") as third:
            assert (other, third) == (True, False)
    with logins.running(ATTACKER) as again:
        assert again


def test_a_lock_is_remembered_for_some_seconds_and_for_a_bounded_number_of_networks() -> None:
    now = [0.0]
    locks = RecentLocks(lambda: now[0])
    locks.add(ATTACKER)
    assert ATTACKER in locks
    assert OTHER not in locks
    now[0] = REMEMBERED_SECONDS
    assert ATTACKER not in locks
    for number in range(MAX_REMEMBERED + 1):
        locks.add(str(number))
    assert str(MAX_REMEMBERED) in locks
    assert "0" not in locks


def test_a_remembered_lock_needs_no_query(django_assert_num_queries: Any) -> None:
    fail(ATTACKER)
    with django_assert_num_queries(0):
        assert is_locked(ATTACKER)


def test_a_login_that_raises_makes_room() -> None:
    logins = RunningLogins(1)
    with pytest.raises(RuntimeError), logins.running(ATTACKER):
        raise RuntimeError
    with logins.running(OTHER) as is_free:
        assert is_free


def test_of_many_logins_at_a_time_a_server_checks_few(
    daphne: Callable[..., DaphneServer],
) -> None:
    server = daphne()
    with httpx.Client(base_url=server.url, timeout=60) as client:
        page = client.get(LOGIN)
        token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token
        # The cookie is Secure, so the client itself would not send it without TLS.
        cookie = page.headers["Set-Cookie"].split(";")[0]
        form = {"csrfmiddlewaretoken": token[1], "username": "ana", "password": "wrong"}

        def attempt(number: int) -> httpx.Response:
            return client.post(LOGIN, data=form, headers={"Cookie": cookie})

        with ThreadPoolExecutor(max_workers=30) as executor:
            answers = list(executor.map(attempt, range(60)))
        statuses = [answer.status_code for answer in answers]
        assert set(statuses) <= {200, 429, 503}
        assert statuses.count(200) <= LIMIT
        assert statuses.count(503) > 0
        assert all("Retry-After" in each.headers for each in answers if each.status_code != 200)
        assert client.get("/health/live").status_code == 200
    assert "Traceback" not in server.log
    assert "Too Many Requests" not in server.log
