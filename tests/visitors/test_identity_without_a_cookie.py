"""The identity of visitors without a cookie, by day and by network."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landing.visitors import identity, visitor_cookie
from landing.visitors.daily_salt import DailySalt, derive_salt
from landing.visitors.newcomers import Newcomers

pytestmark = pytest.mark.each_database

CHROME = "Mozilla/5.0 Chrome/140"


class Calendar:
    def __init__(self) -> None:
        self.day = date(2026, 1, 31)

    def __call__(self) -> date:
        return self.day


def test_the_salt_changes_each_day() -> None:
    calendar = Calendar()
    salt = DailySalt(calendar)
    first = salt.current()

    assert len(first) == 32
    assert salt.current() == first
    calendar.day += timedelta(days=1)
    assert salt.current() != first


def test_yesterdays_salt_is_deleted() -> None:
    calendar = Calendar()
    salt = DailySalt(calendar)
    first = salt.current()
    calendar.day += timedelta(days=1)
    salt.current()
    calendar.day -= timedelta(days=1)

    assert salt.current() != first


def test_two_processes_generate_different_salts() -> None:
    assert DailySalt().current() != DailySalt().current()


def test_an_installed_salt_applies_to_its_day_only() -> None:
    calendar = Calendar()
    salt = DailySalt(calendar)
    salt.current()
    salt.install("2026-01-31", b"a" * 32)
    salt.install("2026-02-01", b"b" * 32)
    salt.install("2026-01-30", b"c" * 32)

    assert salt.current() == derive_salt(b"a" * 32)
    calendar.day += timedelta(days=1)
    assert salt.current() == derive_salt(b"b" * 32)
    calendar.day += timedelta(days=1)
    assert salt.current() not in {derive_salt(each * 32) for each in (b"a", b"b", b"c")}


def test_the_shared_value_alone_does_not_give_the_salt(settings: Any) -> None:
    salts = set()
    for settings.SECRET_KEY in ("first key", "second key"):
        salt = DailySalt(lambda: date(2026, 1, 31))
        salt.install("2026-01-31", b"a" * 32)
        salts.add(salt.current())
    assert len(salts) == 2
    assert b"a" * 32 not in salts


def test_fallback_keys_do_not_change_the_salt(settings: Any) -> None:
    before = derive_salt(b"a" * 32)
    settings.SECRET_KEY_FALLBACKS = ["older key"]
    assert derive_salt(b"a" * 32) == before


def test_a_salt_of_a_wrong_length_raises_an_error() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        DailySalt().install("2026-01-31", b"short")


@given(st.text(), st.text())
def test_a_fallback_visitor_id_has_16_bytes(address: str, user_agent: str) -> None:
    assert len(identity.derive_visitor(address, user_agent, b"s" * 32)) == 16


def test_a_fallback_visitor_id_depends_on_address_user_agent_and_salt() -> None:
    clients = [
        ("192.0.2.1", CHROME, b"s" * 32),
        ("192.0.2.2", CHROME, b"s" * 32),
        ("192.0.2.1", "curl/8", b"s" * 32),
        ("192.0.2.1", CHROME, b"t" * 32),
        ("192.0.2.1" + CHROME, "", b"s" * 32),
    ]

    assert len({identity.derive_visitor(*each) for each in clients}) == len(clients)


def test_a_client_that_rejects_cookies_keeps_its_first_visitor_id() -> None:
    newcomers = Newcomers()
    seen = [newcomers.first_visitor(b"fallback", visitor_cookie.create_visitor()) for _ in range(3)]

    assert len(set(seen)) == 1


def test_newcomers_of_different_clients_have_different_ids() -> None:
    newcomers = Newcomers()

    assert newcomers.first_visitor(b"one", b"1") == b"1"
    assert newcomers.first_visitor(b"two", b"2") == b"2"


def test_the_oldest_newcomer_is_forgotten_beyond_the_limit() -> None:
    newcomers = Newcomers(max_clients=2)
    for fallback in (b"one", b"two", b"three"):
        newcomers.first_visitor(fallback, b"first")

    assert newcomers.first_visitor(b"two", b"second") == b"first"
    assert newcomers.first_visitor(b"one", b"second") == b"second"
