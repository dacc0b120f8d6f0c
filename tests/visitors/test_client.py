from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory, override_settings
from hypothesis import given
from hypothesis import strategies as st

from landing.visitors import client
from landing.visitors.address import normalize, trusted_address


def scope(*headers: tuple[bytes, bytes], peer: Any = ("192.0.2.1", 4711)) -> dict[str, Any]:
    return {"type": "websocket", "headers": list(headers), "client": peer}


def read(handshake: dict[str, Any]) -> client.Client:
    return client.from_scope(handshake, client.headers_of_scope(handshake))


@pytest.mark.parametrize(
    ("forwarded_for", "trusted_proxy_count", "expected"),
    [
        ("", 0, "192.0.2.1"),
        ("198.51.100.7", 0, "192.0.2.1"),
        ("198.51.100.7", 1, "198.51.100.7"),
        ("6.6.6.6, 198.51.100.7", 1, "198.51.100.7"),
        ("6.6.6.6, 198.51.100.7, 10.0.0.2", 2, "198.51.100.7"),
        ("6.6.6.6,7.7.7.7,198.51.100.7,10.0.0.2", 2, "198.51.100.7"),
    ],
)
def test_the_address_is_the_hop_that_the_outermost_trusted_proxy_saw(
    forwarded_for: str, trusted_proxy_count: int, expected: str
) -> None:
    assert trusted_address("192.0.2.1", forwarded_for, trusted_proxy_count) == expected


@pytest.mark.parametrize("forwarded_for", ["", "6.6.6.6", "unknown, 10.0.0.2", ",", "_hidden,x"])
def test_the_address_is_the_peer_if_the_trusted_hop_is_missing_or_invalid(
    forwarded_for: str,
) -> None:
    assert trusted_address("192.0.2.1", forwarded_for, 2) == "192.0.2.1"


@given(st.lists(st.text(alphabet="0123456789abcdef.:,[]% ")))
def test_hops_that_a_client_invents_never_change_its_address(invented: list[str]) -> None:
    forwarded_for = ",".join([*invented, "198.51.100.7"])

    assert trusted_address("10.0.0.1", forwarded_for, 1) == "198.51.100.7"


@pytest.mark.parametrize(
    "spelling",
    [
        "2001:db8::1",
        "2001:DB8:0:0:0:0:0:1",
        " 2001:0db8::0001 ",
        "[2001:db8::1]",
        "[2001:db8::1]:443",
        "2001:db8::1%eth0",
    ],
)
def test_all_spellings_of_an_ipv6_address_are_normalized(spelling: str) -> None:
    assert normalize(spelling) == "2001:db8::1"


@pytest.mark.parametrize("spelling", ["192.0.2.1", "192.0.2.1:80", "::ffff:192.0.2.1"])
def test_all_spellings_of_an_ipv4_address_are_normalized(spelling: str) -> None:
    assert normalize(spelling) == "192.0.2.1"


@given(st.text())
def test_normalizing_is_idempotent_and_accepts_any_text(text: str) -> None:
    address = normalize(text)

    assert address is None or normalize(address) == address


@given(
    st.dictionaries(
        st.sampled_from([b"cookie", b"user-agent", b"x-forwarded-for", b"host"]), st.binary()
    )
)
def test_a_scope_may_have_any_bytes_in_its_headers(headers: dict[bytes, bytes]) -> None:
    sender = read(scope(*headers.items()))

    assert sender.address == "192.0.2.1"


@override_settings(LANDING_TRUSTED_PROXY_COUNT=1)
def test_a_scope_and_a_request_with_equal_headers_give_equal_clients() -> None:
    request = RequestFactory().get(
        "/",
        REMOTE_ADDR="10.0.0.1",
        HTTP_X_FORWARDED_FOR="6.6.6.6,198.51.100.7",
        HTTP_USER_AGENT="Bräu",
        HTTP_COOKIE="a=1; b=2",
    )
    handshake = scope(
        (b"x-forwarded-for", b"6.6.6.6"),
        (b"X-Forwarded-For", b"198.51.100.7"),
        (b"user-agent", "Bräu".encode("latin-1")),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        peer=["10.0.0.1", 4711],
    )

    assert read(handshake) == client.from_request(request)


def test_without_a_peer_the_address_is_empty() -> None:
    assert read(scope(peer=None)).address == ""
