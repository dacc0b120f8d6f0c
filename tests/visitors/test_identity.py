from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.models import Session
from django.core.signing import Signer, b62_encode
from django.http import HttpRequest
from django.test import Client, RequestFactory, override_settings
from hypothesis import given
from hypothesis import strategies as st

from landing.visitors import client, identity, visitor_cookie
from landing.visitors.identity import Identity
from landing.visitors.visitor_cookie import VisitorSigner

pytestmark = pytest.mark.each_database

CHROME = "Mozilla/5.0 Chrome/140"


VISITOR = bytes(range(16))


def scope(cookie: str = "", user_agent: str = CHROME, peer: str = "192.0.2.1") -> dict[str, Any]:
    headers = [(b"user-agent", user_agent.encode()), (b"cookie", cookie.encode())]
    return {"type": "websocket", "headers": headers, "client": (peer, 4711)}


def request(cookie: str = "", user_agent: str = CHROME, peer: str = "192.0.2.1") -> HttpRequest:
    return RequestFactory().get(
        "/", HTTP_COOKIE=cookie, HTTP_USER_AGENT=user_agent, REMOTE_ADDR=peer
    )


def read(handshake: dict[str, Any]) -> Identity:
    return async_to_sync(identity.from_scope)(handshake, client.headers_of_scope(handshake))


def websocket_identity(**sender: str) -> Identity:
    return read(scope(**sender))


def request_identity(**sender: str) -> Identity:
    return async_to_sync(identity.afrom_request)(request(**sender))


def cookie_header(visitor: bytes) -> str:
    return f"landing_visitor={visitor_cookie.dump_cookie(visitor)}"


def test_new_visitor_ids_differ_and_have_128_bits() -> None:
    visitors = {visitor_cookie.create_visitor() for _ in range(100)}

    assert {len(visitor) for visitor in visitors} == {16}
    assert len(visitors) == 100


@given(st.binary(min_size=16, max_size=16))
def test_a_signed_cookie_parses_to_its_visitor_id(visitor: bytes) -> None:
    assert visitor_cookie.parse_cookie(visitor_cookie.dump_cookie(visitor)) == visitor


@given(st.text())
def test_a_cookie_with_an_invalid_signature_is_rejected(value: str) -> None:
    assert visitor_cookie.parse_cookie(value) is None


@given(st.integers(min_value=0), st.characters())
def test_a_cookie_with_one_changed_character_is_rejected(position: int, character: str) -> None:
    value = visitor_cookie.dump_cookie(VISITOR)
    position %= len(value)
    tampered = value[:position] + character + value[position + 1 :]

    assert (visitor_cookie.parse_cookie(tampered) == VISITOR) is (tampered == value)


@given(st.text(alphabet=st.characters(codec="ascii")).filter(lambda text: len(text) != 22))
def test_a_signed_value_of_a_wrong_length_is_rejected(content: str) -> None:
    signed = Signer(salt="landing.identity.visitor").sign(content)

    assert visitor_cookie.parse_cookie(signed) is None


def test_a_value_signed_with_another_salt_is_rejected() -> None:
    content = visitor_cookie.dump_cookie(VISITOR).partition(":")[0]

    assert visitor_cookie.parse_cookie(Signer(salt="another").sign(content)) is None


@pytest.mark.parametrize(
    "dated", ["", "a", "a:", ":1", "a:b:c:d", f"a:{b62_encode(10**400)}", f"a:{b62_encode(-1)}"]
)
def test_a_signed_value_that_the_site_never_writes_is_rejected(dated: str) -> None:
    signed = Signer(salt="landing.visitors.visitor_cookie").sign(dated)

    assert visitor_cookie.parse_cookie(signed) is None


@given(st.text(max_size=60))
@pytest.mark.parametrize("secret", ["the new key", b"bytes"])
def test_a_signature_equals_that_of_django(secret: Any, text: str) -> None:
    with override_settings(SECRET_KEY=secret, SECRET_KEY_FALLBACKS=["the old key"]):
        signer, django = VisitorSigner(salt="a"), Signer(salt="a")

        assert signer.sign(text) == django.sign(text)
        assert signer.unsign(django.sign(text)) == text
        assert signer.signature(text, "the old key") == django.signature(text, "the old key")


def test_a_cookie_signed_with_a_fallback_key_is_valid() -> None:
    with override_settings(SECRET_KEY="the old key"):
        value = visitor_cookie.dump_cookie(VISITOR)

    with override_settings(SECRET_KEY="the new key", SECRET_KEY_FALLBACKS=["the old key"]):
        assert visitor_cookie.parse_cookie(value) == VISITOR
    with override_settings(SECRET_KEY="the new key", SECRET_KEY_FALLBACKS=[]):
        assert visitor_cookie.parse_cookie(value) is None


def test_a_missing_cookie_has_no_visitor() -> None:
    assert visitor_cookie.parse_cookie(None) is None


def test_a_cookie_with_an_incomplete_character_is_rejected() -> None:
    assert visitor_cookie.parse_cookie("\ud800:\ud800") is None


@pytest.mark.parametrize("identify", [websocket_identity, request_identity])
def test_the_cookie_identifies_a_visitor_from_any_address(
    identify: Callable[..., Identity],
) -> None:
    cookie = cookie_header(VISITOR)

    assert identify(cookie=cookie) == Identity(VISITOR, None, False)
    assert identify(cookie=cookie).by_cookie
    assert identify(cookie=cookie, peer="192.0.2.9", user_agent="curl/8").visitor == VISITOR


def test_without_a_cookie_request_and_websocket_have_the_same_visitor() -> None:
    assert websocket_identity() == request_identity()
    assert not websocket_identity().by_cookie


@pytest.mark.parametrize("identify", [websocket_identity, request_identity])
def test_without_a_cookie_address_and_user_agent_distinguish_visitors(
    identify: Callable[..., Identity],
) -> None:
    senders = [{}, {"peer": "192.0.2.2"}, {"user_agent": "curl/8"}]

    assert len({identify(**sender).visitor for sender in senders}) == 3


@pytest.mark.parametrize("value", ["", "x", "AAAA:BBBB", '"', "landing_visitor", "ä"])
@pytest.mark.parametrize("identify", [websocket_identity, request_identity])
def test_an_invalid_cookie_is_like_no_cookie(identify: Callable[..., Identity], value: str) -> None:
    assert identify(cookie=f"landing_visitor={value}") == identify()


@given(st.binary())
def test_any_cookie_header_of_a_handshake_gives_an_identity(header: bytes) -> None:
    handshake = scope()
    handshake["headers"].append((b"cookie", header))

    assert len(read(handshake).visitor) == 16


@override_settings(LANDING_VISITOR_COOKIE_NAME="who")
def test_a_setting_changes_the_name_of_the_cookie() -> None:
    cookie = f"who={visitor_cookie.dump_cookie(VISITOR)}"

    assert websocket_identity(cookie=cookie).visitor == VISITOR


@pytest.fixture
def session_cookie(client: Client, django_user_model: Any) -> str:
    client.force_login(django_user_model.objects.create_user("ana", is_staff=True))
    return f"sessionid={client.cookies['sessionid'].value}"


@pytest.mark.django_db(transaction=True)
def test_a_websocket_with_a_session_has_its_user(
    session_cookie: str, django_user_model: Any, django_assert_num_queries: Any
) -> None:
    ana = django_user_model.objects.get()

    with django_assert_num_queries(2):
        found = websocket_identity(cookie=f"{cookie_header(VISITOR)}; {session_cookie}")

    assert found == Identity(VISITOR, str(ana.pk), is_staff=True)


@pytest.mark.django_db(transaction=True)
def test_an_anonymous_websocket_takes_no_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        websocket_identity(cookie=cookie_header(VISITOR))
        websocket_identity()


@pytest.mark.django_db(transaction=True)
def test_a_lookup_never_ends_or_renews_a_session(
    session_cookie: str, django_user_model: Any
) -> None:
    ana = django_user_model.objects.get()
    ana.set_password("another")
    ana.save()

    assert websocket_identity(cookie=session_cookie).user is None
    assert Session.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_session_signed_with_a_fallback_key_is_valid_and_keeps_its_key(
    session_cookie: str, settings: Any, django_user_model: Any
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the new key"
    key = Session.objects.get().session_key

    found = websocket_identity(cookie=session_cookie)

    assert found.user == str(django_user_model.objects.get().pk)
    assert Session.objects.get().session_key == key


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["", "x", "0" * 32, "sessionid", "\x00" * 32, "%00", "ä" * 40])
def test_a_visitor_with_an_invalid_session_is_anonymous(key: str) -> None:
    assert websocket_identity(cookie=f"sessionid={key}").user is None


@pytest.mark.django_db(transaction=True)
def test_a_session_key_that_cannot_be_stored_is_not_queried(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(0):
        websocket_identity(cookie="sessionid=" + "\x00" * 32)


@pytest.mark.django_db(transaction=True)
def test_a_visitor_with_an_inactive_user_is_anonymous(
    session_cookie: str, django_user_model: Any
) -> None:
    django_user_model.objects.update(is_active=False)

    assert websocket_identity(cookie=session_cookie) == websocket_identity()
