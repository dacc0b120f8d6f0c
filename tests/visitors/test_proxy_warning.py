"""The warning about a proxy that the settings do not know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import RequestFactory
from django.test.utils import override_settings

from landing.visitors import client, proxy_warning
from landing.visitors.proxy_warning import ADDRESS_HEADERS, OTHER_HEADERS, ProxyWarning

PEER = "10.0.0.1"
CLIENT = "203.0.113.7"

Send = Callable[..., None]


def send_request(peer: str = PEER, **headers: str) -> None:
    client.from_request(RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers))


def send_handshake(peer: str = PEER, **headers: str) -> None:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "websocket", "client": [peer, 50000], "headers": raw}
    client.from_scope(scope, client.headers_of_scope(scope))


@pytest.fixture(autouse=True)
def _new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "proxy_warning", ProxyWarning())


@pytest.fixture(params=[send_request, send_handshake])
def send(request: Any) -> Send:
    return request.param


@pytest.mark.parametrize("header", [*ADDRESS_HEADERS, *OTHER_HEADERS])
def test_a_header_of_a_proxy_that_is_not_configured_is_reported(
    send: Send, header: str, caplog: pytest.LogCaptureFixture
) -> None:
    send(**{header: CLIENT})

    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert f"header {header}," in record.getMessage()
    assert "LANDING_TRUSTED_PROXY_COUNT" in record.getMessage()
    assert CLIENT not in record.getMessage() and PEER not in record.getMessage()


def test_a_process_warns_once(caplog: pytest.LogCaptureFixture) -> None:
    for send in (send_request, send_handshake, send_request):
        send(**{"X-Forwarded-For": CLIENT})
        send(**{"X-Real-IP": CLIENT})

    assert len(caplog.records) == 1


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_a_process_whose_setting_is_set_does_not_warn(
    send: Send, settings: Any, proxies: int, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LANDING_TRUSTED_PROXY_COUNT = proxies
    send(**{"X-Forwarded-For": CLIENT, "CF-Connecting-IP": CLIENT})

    assert caplog.records == []


@pytest.mark.parametrize(
    "headers", [{}, {"Via": "1.1 proxy"}, {"X-Requested-With": "x"}, {"X-Forwarded": "x"}]
)
def test_other_headers_are_no_reason(
    send: Send, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    send(**headers)

    assert caplog.records == []


@pytest.mark.parametrize(
    "hops", [CLIENT, f"192.0.2.1, {CLIENT}", f"{CLIENT}:4711", "::ffff:" + CLIENT]
)
def test_a_server_that_takes_the_client_from_the_header_does_not_warn(
    send: Send, hops: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Daphne and Uvicorn do that with --proxy-headers."""
    send(peer=CLIENT, **{"X-Forwarded-For": hops, "X-Forwarded-Proto": "https"})

    assert caplog.records == []


@pytest.mark.parametrize(
    ("peer", "header", "value"),
    [
        (CLIENT, "Forwarded", f"for={CLIENT};proto=https;by=10.0.0.1"),
        (CLIENT, "Forwarded", f'proto=https; For="{CLIENT}:4711"'),
        (CLIENT, "Forwarded", f"for=192.0.2.1, for={CLIENT}"),
        ("2001:db8::1", "Forwarded", 'for="[2001:db8::1]:4711"'),
        ("2001:db8::1", "CloudFront-Viewer-Address", "2001:db8::1:46532"),
    ],
)
def test_a_server_that_takes_the_client_from_another_header_does_not_warn(
    send: Send, peer: str, header: str, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    send(peer=peer, **{header: value})

    assert caplog.records == []


@pytest.mark.parametrize("value", ["", "unknown", "for=_hidden;by=1", ",,,", "\xff"])
def test_any_value_is_reported(send: Send, value: str, caplog: pytest.LogCaptureFixture) -> None:
    send(peer="", Forwarded=value)

    assert len(caplog.records) == 1


def test_a_process_warns_again_after_its_setting_changed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    proxy_warning.proxy_warning.reset()
    for _ in range(2):
        proxy_warning.proxy_warning.check_headers(PEER, {"x-forwarded-for": CLIENT})
        with override_settings(LANDING_TRUSTED_PROXY_COUNT=1):
            proxy_warning.proxy_warning.check_headers(PEER, {"x-forwarded-for": CLIENT})
    assert len(caplog.records) == 2


def test_every_header_has_one_name() -> None:
    names = [name.lower() for name in (*ADDRESS_HEADERS, *OTHER_HEADERS)]

    assert len(set(names)) == len(names) == len(proxy_warning._META_NAMES)
