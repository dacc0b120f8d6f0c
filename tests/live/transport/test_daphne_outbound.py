"""Both outbound paths of a real Daphne send the same bytes, plain and over TLS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from landing.live.transport.outbound import encode
from tests.live.transport.outbound_app import TEXTS
from tests.services.ports import HOST, free_port
from tests.services.raw_websocket import RawWebSocket
from tests.services.site import DaphneServer
from tests.services.tls import context_without_verification, write_self_signed

EXPECTED_BYTES = encode(TEXTS).data


@pytest.fixture(scope="module")
def tls_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def server(tls_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaphneServer]:
    """Start a server with a plain port and a TLS port."""
    pem = write_self_signed(tmp_path_factory.mktemp("tls") / "both.pem")
    endpoint = f"ssl:{tls_port}:interface={HOST}:privateKey={pem}:certKey={pem}"
    server = DaphneServer(
        {}, "-e", endpoint, application="tests.live.transport.outbound_app:application"
    )
    server.start()
    yield server
    server.close()


@pytest.mark.parametrize("path", ["asgi", "written", "queued"])
def test_each_outbound_path_sends_the_same_bytes(server: DaphneServer, path: str) -> None:
    with RawWebSocket(server.port, path=f"/{path}") as connection:
        assert connection.receive(len(EXPECTED_BYTES)) == EXPECTED_BYTES


@pytest.mark.parametrize("path", ["asgi", "written", "queued"])
def test_each_outbound_path_sends_the_same_bytes_over_tls(
    server: DaphneServer, tls_port: int, path: str
) -> None:
    with RawWebSocket(tls_port, path=f"/{path}", tls=context_without_verification()) as connection:
        assert connection.receive(len(EXPECTED_BYTES)) == EXPECTED_BYTES


def test_only_unencrypted_connections_use_direct_writes(
    server: DaphneServer, tls_port: int
) -> None:
    with RawWebSocket(server.port, path="/type") as plain:
        assert plain.receive(2 + len("DirectOutbound"))[2:] == b"DirectOutbound"
    with RawWebSocket(tls_port, path="/type", tls=context_without_verification()) as encrypted:
        assert encrypted.receive(2 + len("AsgiOutbound"))[2:] == b"AsgiOutbound"
