"""The limits of a network under servers other than Daphne, behind one trusted proxy.

Each test has its own client address, so that all share one server of each kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypercorn.config import Config as HypercornConfig
from uvicorn.main import main as uvicorn_command

from landing.limits.frame_rate import POLICY_VIOLATION
from tests.services import frames, raw_http
from tests.services.other_servers import OtherServer, hypercorn, uvicorn
from tests.services.ports import wait_until
from tests.services.raw_websocket import RawWebSocket
from tests.services.site import QUICK, ROOT, with_own_database

MAX_BODY_BYTES = 2_000
MAX_CONNECTIONS = 5
#: The burst of requests and of handshakes is five times this rate.
PER_SECOND = 4
MORE_THAN_A_BURST = 40
LIMITS = {
    "LANDING_TRUSTED_PROXY_COUNT": "1",
    "LANDING_MAX_BODY_BYTES": str(MAX_BODY_BYTES),
    "LANDING_NETWORK_MAX_CONNECTIONS": str(MAX_CONNECTIONS),
    "LANDING_NETWORK_REQUESTS_PER_SECOND": str(PER_SECOND),
    "LANDING_NETWORK_HANDSHAKES_PER_SECOND": str(PER_SECOND),
    "LANDING_MAX_FRAMES_PER_SECOND": "10",
    "LANDING_NETWORK_MAX_PEOPLE": "0",
}
#: As in docs/limits.md.
HYPERCORN_OPTIONS = """
read_timeout = 60
websocket_max_message_size = 65536
websocket_ping_interval = 20
"""
UVICORN_OPTIONS = ("--ws-max-size", "65536", "--ws-ping-timeout", "10", "--no-access-log")
PING = frames.dump(frames.TEXT, b'{"type":"ping"}')


@pytest.fixture(scope="module", params=["uvicorn", "hypercorn"])
def server(
    request: pytest.FixtureRequest,
    production: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[OtherServer]:
    directory: Path = tmp_path_factory.mktemp(request.param)
    options = directory / "hypercorn.toml"
    options.write_text(HYPERCORN_OPTIONS)
    arguments = {
        "uvicorn": uvicorn(*UVICORN_OPTIONS),
        # Without further processes, which would import everything.
        "hypercorn": hypercorn("--workers", "0", "--config", str(options)),
    }[request.param]
    given = {**with_own_database(production, directory), **LIMITS, **QUICK}
    server = OtherServer(given, arguments, may_fork=True)
    server.wait_until_it_answers()
    yield server
    log = server.log
    server.close()
    assert "Traceback" not in log, log
    assert "ERROR" not in log, log


def test_the_options_of_the_servers_exist_and_are_documented() -> None:
    documentation = (ROOT / "docs/limits.md").read_text()

    assert f"```{HYPERCORN_OPTIONS}```" in documentation
    assert f"uvicorn {' '.join(UVICORN_OPTIONS)} " in documentation
    of_uvicorn = set(re.findall("`(--[a-z0-9-]+)", _column(documentation, 3)))
    of_hypercorn = set(re.findall("`([a-z0-9_]+)`", _column(documentation, 4)))
    assert len(of_uvicorn) == len(of_hypercorn) == 5
    assert of_uvicorn <= {name for each in uvicorn_command.params for name in each.opts}
    assert all(hasattr(HypercornConfig, option) for option in of_hypercorn)


def _column(documentation: str, number: int) -> str:
    """Return the text of a column of the table of the other servers."""
    table = documentation.partition("| Uvicorn | Hypercorn |")[2].partition("\n\n")[0]
    return "\n".join(line.split("|")[number] for line in table.splitlines()[2:])


def forwarded(address: str) -> str:
    return f"X-Forwarded-For: {address}"


def open_websocket(server: OtherServer, address: str) -> RawWebSocket:
    return RawWebSocket(server.port, headers={"X-Forwarded-For": address})


def handshake(server: OtherServer, address: str) -> tuple[int, dict[str, str]]:
    return raw_http.handshake(raw_http.connect(server.port), forwarded(address))


def post(*headers: str) -> bytes:
    return raw_http.head("POST", "/language/", forwarded("198.51.100.1"), *headers)


@pytest.mark.parametrize("size", [100_000, 3_000_000])
def test_a_large_body_gets_413_before_it_arrives(server: OtherServer, size: int) -> None:
    head = post(f"Content-Length: {size}")

    assert raw_http.answer(raw_http.connect(server.port), head)[0] == 413


def test_a_client_that_sends_a_large_body_can_read_413(server: OtherServer) -> None:
    length = raw_http.exchange(server.port, post("Content-Length: 500000"), b"x" * 500_000)
    chunked = raw_http.exchange(
        server.port, post("Transfer-Encoding: chunked"), *raw_http.chunks(500_000)
    )

    assert (length[:13], chunked[:13]) == (b"HTTP/1.1 413 ", b"HTTP/1.1 413 ")
    assert all(
        b'{"detail": "The request body is too large."}' in each for each in (length, chunked)
    )


def test_a_body_of_the_permitted_size_arrives(server: OtherServer) -> None:
    size, text = MAX_BODY_BYTES, "Content-Type: text/plain"
    length = raw_http.exchange(server.port, post(f"Content-Length: {size}", text), b"x" * size)
    chunked = raw_http.exchange(
        server.port, post("Transfer-Encoding: chunked", text), *raw_http.chunks(size)
    )

    for answer in (length, chunked):
        assert answer.startswith(b"HTTP/1.1 302 ")


def test_requests_over_the_rate_get_429_and_when_to_try_again(server: OtherServer) -> None:
    request = raw_http.head("GET", "/health/live", forwarded("198.51.100.2"))
    answers = [
        raw_http.answer(raw_http.connect(server.port), request) for _ in range(MORE_THAN_A_BURST)
    ]

    statuses = [status for status, _ in answers]
    assert statuses[: 5 * PER_SECOND] == 5 * PER_SECOND * [200]
    refused = [headers for status, headers in answers if status == 429]
    assert all(int(headers["retry-after"]) >= 1 for headers in refused)
    assert server.log.count("exceeds its rate of requests") == 1


def test_handshakes_over_the_rate_get_429_and_when_to_try_again(server: OtherServer) -> None:
    answers = [handshake(server, f"2001:db8:1:2::{n}") for n in range(MORE_THAN_A_BURST)]

    assert {status for status, _ in answers} == {101, 429}
    assert any("retry-after" in headers for _, headers in answers)
    assert handshake(server, "2001:db8:1:3::1")[0] == 101
    assert server.log.count("exceeds its rate of WebSocket handshakes") == 1


def test_websockets_over_the_maximum_get_429_until_others_close(server: OtherServer) -> None:
    address = "198.51.100.3"
    with ExitStack() as stack:
        for _ in range(MAX_CONNECTIONS):
            stack.enter_context(open_websocket(server, address))
        assert handshake(server, address)[0] == 429
    wait_until(lambda: handshake(server, address)[0] == 101, "a place is free")


def test_a_flood_is_closed_and_no_longer_counts(server: OtherServer) -> None:
    with open_websocket(server, "198.51.100.4") as watcher:
        watcher.wait_for(lambda message: message.get("people") == 1)
        with open_websocket(server, "198.51.100.5") as flooder:
            watcher.wait_for(lambda message: message.get("people") == 2)
            flooder.send_bytes(200 * PING)
            assert flooder.read_to_end()[1] == POLICY_VIOLATION
            watcher.wait_for(lambda message: message.get("people") == 1)
    assert server.log.count("exceeds its rate of frames") == 1


def test_frames_over_the_rate_are_answered_later_and_none_is_lost(server: OtherServer) -> None:
    with open_websocket(server, "198.51.100.6") as client:
        client.send_bytes(40 * PING)
        for _ in range(40):
            client.wait_for(lambda message: message["type"] == "pong")
