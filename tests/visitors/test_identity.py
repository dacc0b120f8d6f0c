from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.models import Session
from django.core.signing import Signer
from django.http import HttpRequest
from django.test import Client, RequestFactory, override_settings
from hypothesis import given
from hypothesis import strategies as st

from landing.visitors import identity, visitor_cookie
from landing.visitors.daily_salt import DailySalt
from landing.visitors.identity import Identity
from landing.visitors.newcomers import Newcomers

VISITOR = bytes(range(16))
CHROME = "Mozilla/5.0 Chrome/140"


def scope(cookie: str = "", user_agent: str = CHROME, peer: str = "192.0.2.1") -> dict[str, Any]:
    headers = [(b"user-agent", user_agent.encode()), (b"cookie", cookie.encode())]
    return {"type": "websocket", "headers": headers, "client": (peer, 4711)}


def request(cookie: str = "", user_agent: str = CHROME, peer: str = "192.0.2.1") -> HttpRequest:
    return RequestFactory().get(
        "/", HTTP_COOKIE=cookie, HTTP_USER_AGENT=user_agent, REMOTE_ADDR=peer
    )


def who_connects(**sender: str) -> Identity:
    return async_to_sync(identity.from_scope)(scope(**sender))


def who_asks(**sender: str) -> Identity:
    return async_to_sync(identity.from_request)(request(**sender))


def cookie_header(visitor: bytes) -> str:
    return f"landing_visitor={visitor_cookie.dump_cookie(visitor)}"


# -- the cookie


def test_new_visitors_are_different_and_have_128_bits() -> None:
    visitors = {visitor_cookie.new_visitor() for _ in range(100)}

    assert {len(visitor) for visitor in visitors} == {16}
    assert len(visitors) == 100


@given(st.binary(min_size=16, max_size=16))
def test_a_cookie_gives_back_the_visitor_that_was_put_in(visitor: bytes) -> None:
    assert visitor_cookie.parse_cookie(visitor_cookie.dump_cookie(visitor)) == visitor


@given(st.text())
def test_a_cookie_that_we_did_not_sign_is_no_visitor(value: str) -> None:
    assert visitor_cookie.parse_cookie(value) is None


@given(st.integers(min_value=0), st.characters())
def test_a_cookie_with_one_other_character_is_no_visitor(position: int, character: str) -> None:
    value = visitor_cookie.dump_cookie(VISITOR)
    position %= len(value)
    tampered = value[:position] + character + value[position + 1 :]

    assert (visitor_cookie.parse_cookie(tampered) == VISITOR) is (tampered == value)


@given(st.text(alphabet=st.characters(codec="ascii")).filter(lambda text: len(text) != 22))
def test_a_signed_value_of_another_length_is_no_visitor(content: str) -> None:
    signed = Signer(salt="landing.identity.visitor").sign(content)

    assert visitor_cookie.parse_cookie(signed) is None


def test_a_value_that_another_part_of_the_site_signed_is_no_visitor() -> None:
    content = visitor_cookie.dump_cookie(VISITOR).partition(":")[0]

    assert visitor_cookie.parse_cookie(Signer(salt="another").sign(content)) is None


def test_a_cookie_stays_good_while_its_key_is_a_fallback() -> None:
    with override_settings(SECRET_KEY="the old key"):
        value = visitor_cookie.dump_cookie(VISITOR)

    with override_settings(SECRET_KEY="the new key", SECRET_KEY_FALLBACKS=["the old key"]):
        assert visitor_cookie.parse_cookie(value) == VISITOR
    with override_settings(SECRET_KEY="the new key", SECRET_KEY_FALLBACKS=[]):
        assert visitor_cookie.parse_cookie(value) is None


def test_no_cookie_is_no_visitor() -> None:
    assert visitor_cookie.parse_cookie(None) is None


def test_half_a_character_is_no_visitor() -> None:
    assert visitor_cookie.parse_cookie("\ud800:\ud800") is None


# -- without a cookie


class Calendar:
    def __init__(self) -> None:
        self.day = date(2026, 1, 31)

    def __call__(self) -> date:
        return self.day


def test_the_salt_lasts_a_day() -> None:
    calendar = Calendar()
    salt = DailySalt(calendar)
    first = salt.current()

    assert len(first) == 32
    assert salt.current() == first
    calendar.day += timedelta(days=1)
    assert salt.current() != first


def test_yesterdays_salt_is_forgotten_for_good() -> None:
    calendar = Calendar()
    salt = DailySalt(calendar)
    first = salt.current()
    calendar.day += timedelta(days=1)
    salt.current()
    calendar.day -= timedelta(days=1)

    assert salt.current() != first


def test_two_processes_draw_different_salts() -> None:
    assert DailySalt().current() != DailySalt().current()


def test_an_installed_salt_holds_on_its_day_only() -> None:
    calendar = Calendar()
    salt = DailySalt(calendar)
    salt.current()
    salt.install("2026-01-31", b"a" * 32)
    salt.install("2026-02-01", b"b" * 32)
    salt.install("2026-01-30", b"c" * 32)

    assert salt.current() == b"a" * 32
    calendar.day += timedelta(days=1)
    assert salt.current() == b"b" * 32
    calendar.day += timedelta(days=1)
    assert salt.current() not in {b"a" * 32, b"b" * 32, b"c" * 32}


def test_a_salt_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        DailySalt().install("2026-01-31", b"short")


@given(st.text(), st.text())
def test_any_address_and_user_agent_make_16_bytes(address: str, user_agent: str) -> None:
    assert len(identity.fallback_visitor(address, user_agent, b"s" * 32)) == 16


def test_the_fallback_depends_on_address_user_agent_and_salt() -> None:
    told = [
        ("192.0.2.1", CHROME, b"s" * 32),
        ("192.0.2.2", CHROME, b"s" * 32),
        ("192.0.2.1", "curl/8", b"s" * 32),
        ("192.0.2.1", CHROME, b"t" * 32),
        ("192.0.2.1" + CHROME, "", b"s" * 32),
    ]

    assert len({identity.fallback_visitor(*each) for each in told}) == len(told)


def test_a_client_that_keeps_no_cookie_stays_who_it_was_at_first() -> None:
    newcomers = Newcomers()
    seen = [newcomers.visitor(b"fallback", visitor_cookie.new_visitor()) for _ in range(3)]

    assert len(set(seen)) == 1


def test_newcomers_from_elsewhere_are_themselves() -> None:
    newcomers = Newcomers()

    assert newcomers.visitor(b"one", b"1") == b"1"
    assert newcomers.visitor(b"two", b"2") == b"2"


def test_only_so_many_newcomers_are_remembered_and_the_oldest_goes_first() -> None:
    newcomers = Newcomers(max_clients=2)
    for fallback in (b"one", b"two", b"three"):
        newcomers.visitor(fallback, b"first")

    assert newcomers.visitor(b"two", b"second") == b"first"
    assert newcomers.visitor(b"one", b"second") == b"second"


# -- requests and sockets


@pytest.mark.parametrize("who", [who_connects, who_asks])
def test_the_cookie_says_who_it_is_wherever_it_comes_from(who: Callable[..., Identity]) -> None:
    cookie = cookie_header(VISITOR)

    assert who(cookie=cookie) == Identity(VISITOR, None, False, by_cookie=True)
    assert who(cookie=cookie, peer="192.0.2.9", user_agent="curl/8").visitor == VISITOR


def test_request_and_socket_without_a_cookie_are_the_same_visitor() -> None:
    assert who_connects() == who_asks()
    assert not who_connects().by_cookie


@pytest.mark.parametrize("who", [who_connects, who_asks])
def test_without_a_cookie_address_and_user_agent_tell_visitors_apart(
    who: Callable[..., Identity],
) -> None:
    senders = [{}, {"peer": "192.0.2.2"}, {"user_agent": "curl/8"}]

    assert len({who(**sender).visitor for sender in senders}) == 3


@pytest.mark.parametrize("value", ["", "x", "AAAA:BBBB", '"', "landing_visitor", "ä"])
@pytest.mark.parametrize("who", [who_connects, who_asks])
def test_an_unusable_cookie_counts_as_none(who: Callable[..., Identity], value: str) -> None:
    assert who(cookie=f"landing_visitor={value}") == who()


@given(st.binary())
def test_whatever_the_cookie_header_of_a_handshake_says_it_is_somebody(header: bytes) -> None:
    handshake = scope()
    handshake["headers"].append((b"cookie", header))

    assert len(async_to_sync(identity.from_scope)(handshake).visitor) == 16


@override_settings(LANDING_VISITOR_COOKIE_NAME="who")
def test_the_cookies_name_is_a_setting() -> None:
    cookie = f"who={visitor_cookie.dump_cookie(VISITOR)}"

    assert who_connects(cookie=cookie).visitor == VISITOR


# -- signed in (a socket's look-up closes its connection: nothing may be in a transaction)


@pytest.fixture
def session_cookie(client: Client, django_user_model: Any) -> str:
    client.force_login(django_user_model.objects.create_user("ana", is_staff=True))
    return f"sessionid={client.cookies['sessionid'].value}"


@pytest.mark.django_db(transaction=True)
def test_a_socket_with_a_session_is_the_signed_in_user(
    session_cookie: str, django_user_model: Any, django_assert_num_queries: Any
) -> None:
    ana = django_user_model.objects.get()

    with django_assert_num_queries(2):
        who = who_connects(cookie=f"{cookie_header(VISITOR)}; {session_cookie}")

    assert who == Identity(VISITOR, str(ana.pk), is_staff=True)


@pytest.mark.django_db(transaction=True)
def test_an_anonymous_socket_costs_no_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        who_connects(cookie=cookie_header(VISITOR))
        who_connects()


@pytest.mark.django_db(transaction=True)
def test_looking_never_ends_or_renews_a_session(
    session_cookie: str, django_user_model: Any
) -> None:
    ana = django_user_model.objects.get()
    ana.set_password("another")
    ana.save()

    assert who_connects(cookie=session_cookie).user is None
    assert Session.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_session_signed_with_a_fallback_key_is_good_and_keeps_its_key(
    session_cookie: str, settings: Any, django_user_model: Any
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the new key"
    key = Session.objects.get().session_key

    who = who_connects(cookie=session_cookie)

    assert who.user == str(django_user_model.objects.get().pk)
    assert Session.objects.get().session_key == key


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["", "x", "0" * 32, "sessionid", "\x00" * 32, "%00", "ä" * 40])
def test_an_invalid_session_is_an_anonymous_visitor(key: str) -> None:
    assert who_connects(cookie=f"sessionid={key}").user is None


@pytest.mark.django_db(transaction=True)
def test_a_session_key_that_no_database_could_hold_is_not_looked_up(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(0):
        who_connects(cookie="sessionid=" + "\x00" * 32)


@pytest.mark.django_db(transaction=True)
def test_an_inactive_user_is_an_anonymous_visitor(
    session_cookie: str, django_user_model: Any
) -> None:
    django_user_model.objects.update(is_active=False)

    assert who_connects(cookie=session_cookie) == who_connects()
