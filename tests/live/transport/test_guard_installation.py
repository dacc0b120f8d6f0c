"""Every socket of a server is guarded. No request reveals its software, or chooses its path."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.protocol import Factory
from twisted.protocols.policies import WrappingFactory

from landing.live.transport.guard import HEAD_SECONDS
from landing.live.transport.websocket_guard import GuardedWebSocket
from tests.live.transport.guarded_ports import GuardedPorts
from tests.services.other_servers import OtherServer
from tests.services.ports import HOST
from tests.services.raw_http import connect, exchange, head
from tests.services.raw_http import handshake as open_websocket
from tests.services.site import with_own_database

COMMANDS = {
    "daphne": ["-m", "daphne", "-b", HOST, "-p", "{port}", "landing_site.asgi:application"],
    "runserver": ["manage.py", "runserver", "--noreload", f"{HOST}:{{port}}"],
}
SOFTWARE = re.compile(rb"^server:|daphne|twisted|autobahn|crossbar", re.IGNORECASE | re.MULTILINE)


@pytest.fixture(scope="module", params=COMMANDS)
def server(
    request: pytest.FixtureRequest,
    production: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[OtherServer]:
    """Return a server with its own defaults."""
    given = with_own_database(production, tmp_path_factory.mktemp("guarded"))
    server = OtherServer(given, COMMANDS[request.param], may_fork=True)
    try:
        server.wait_until_it_answers()
        yield server
        assert "Traceback" not in server.log, server.log
    finally:
        server.close()


def handshake(path: str = "/ws/landing/", **changes: str) -> bytes:
    """Return a valid handshake with other headers."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}"]
    lines += [f"{name}: {value}" for name, value in headers.items() if value]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


#: The status, and a request with this answer.
REQUESTS = {
    "a page": (200, head("GET", "/")),
    "a missing page": (404, head("GET", "/nowhere/")),
    "a redirect": (301, head("GET", "/admin")),
    "a malformed request line": (400, b"NONSENSE\r\n\r\n"),
    "a path that is not ASCII": (400, head("GET", "/\xff")),
    "a query that is not ASCII": (400, head("GET", "/?\xff")),
    "a header without a colon": (400, head("GET", "/", "Nonsense")),
    "a header with an invalid name": (400, head("GET", "/", "N@me: value")),
    "a header with an invalid value": (400, head("GET", "/", "Name: \x0b")),
    "headers that are too large": (400, head("GET", "/", *["Name: " + "x" * 9_000] * 2)),
    "too many headers": (400, head("GET", "/", *(f"Name-{n}: x" for n in range(600)))),
    "a body that is too large": (413, head("POST", "/", "Content-Length: 99999999")),
    "an unknown host": (400, head("GET", "/").replace(HOST.encode(), b"evil.example")),
    "a method that is not ASCII": (400, head("G\xffT", "/")),
    "a handshake on a path that is not ASCII": (403, handshake("/%C3%A9/%FF/")),
    "a handshake with an unknown version": (400, handshake(Sec_WebSocket_Version="99")),
    "a handshake without a version": (400, handshake(Sec_WebSocket_Version="")),
    "a handshake without a key": (400, handshake(Sec_WebSocket_Key="")),
    "a handshake on another path": (403, handshake("/nowhere/")),
    "a handshake from another origin": (403, handshake(Origin="https://evil.example")),
    "a handshake with a protocol that is not ASCII": (400, handshake(Sec_WebSocket_Protocol="é")),
}


@pytest.mark.parametrize(("status", "request_"), REQUESTS.values(), ids=REQUESTS)
def test_an_answer_does_not_name_the_server(
    server: OtherServer, status: int, request_: bytes
) -> None:
    answer = exchange(server.port, request_)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer
    assert not SOFTWARE.search(answer), answer


def test_an_accepted_handshake_does_not_name_the_server(server: OtherServer) -> None:
    status, headers = open_websocket(connect(server.port))
    assert status == 101
    assert "server" not in headers


def test_a_name_that_the_operator_chooses_is_sent(
    production: dict[str, str], tmp_path: Path
) -> None:
    command = [*COMMANDS["daphne"][:-1], "--server-name", "mine", COMMANDS["daphne"][-1]]
    server = OtherServer(with_own_database(production, tmp_path), command, may_fork=True)
    try:
        server.wait_until_it_answers()
        assert b"\r\nServer: mine\r\n" in exchange(server.port, head("GET", "/"))
        assert open_websocket(connect(server.port))[1]["server"] == "mine"
    finally:
        server.close()


@pytest.mark.parametrize("chosen", ["/x", "//evil.example", "/%C3%A9", "/\xe9", "\xff", ""])
def test_a_client_cannot_choose_the_path_of_the_site(server: OtherServer, chosen: str) -> None:
    line = f"Daphne-Root-Path: {chosen}"
    plain, page = (exchange(server.port, head("GET", "/", *lines)) for lines in ((), (line,)))
    assert page.startswith(b"HTTP/1.1 200 ")
    assert links(page) == links(plain) != []
    assert exchange(server.port, head("GET", "/x/", line))[9:12] == b"404"
    for path, status in (("/ws/landing/", 101), ("/x/ws/landing/", 403)):
        with connect(server.port) as connection:
            connection.sendall(handshake(path, Daphne_Root_Path=chosen))
            assert connection.recv(65_536).startswith(b"HTTP/1.1 %d " % status)


def links(page: bytes) -> list[bytes]:
    return re.findall(rb'(?:href|src|action|root-path)="[^"]*"|Path=[^;]*;', page)


# -- the installation, in the process of the tests


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> Iterator[GuardedPorts]:
    """Return a server that permits one connection of a network, and listens nowhere yet."""
    ports = GuardedPorts(monkeypatch, LANDING_NETWORK_MAX_CONNECTIONS=1)
    yield ports
    ports.close()


def test_all_sockets_of_a_server_share_the_guard(ports: GuardedPorts) -> None:
    # A TLS port wraps the factory of HTTP.
    plain, encrypted = ports.listen(), ports.listen(WrappingFactory(ports.factory))
    ports.install()
    assert ports.guard.is_installed
    assert ports.server.ws_factory.protocol is GuardedWebSocket

    ports.connect(encrypted)
    assert (ports.count(), len(ports.guard.heads)) == (1, 1)
    with pytest.raises(ConnectionError):
        ports.connect(plain).sendall(head("GET", "/") * 100_000)
    assert (ports.count(), len(ports.guard.heads)) == (1, 1)


def test_clients_of_a_unix_socket_are_guarded_and_have_no_maximum(
    ports: GuardedPorts, tmp_path: Path
) -> None:
    port = ports.listen_on_unix_socket(tmp_path / "site.sock")
    ports.install()
    for _ in range(3):
        ports.connect(port)
    assert len(ports.guard.heads) == 3


def test_a_silent_connection_is_swept_when_its_time_is_over(ports: GuardedPorts) -> None:
    port = ports.listen()
    ports.install()
    ports.connect(port)
    (transport,) = ports.transports()
    ports.reactor.pump([1] * int(HEAD_SECONDS - 1))
    assert not transport.disconnecting
    ports.reactor.pump([1, 1])
    assert transport.disconnecting


def test_another_reader_of_the_reactor_is_not_a_server(ports: GuardedPorts) -> None:
    ports.listen(Factory())
    ports.reactor.addReader(object())
    ports.install()
    assert not ports.guard.is_installed


def test_under_another_server_nothing_is_installed(
    ports: GuardedPorts, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports.listen()
    monkeypatch.delitem(sys.modules, "twisted.internet.reactor")
    ports.install()
    assert not ports.guard.is_installed


@pytest.mark.parametrize(("chosen", "sent"), [("daphne", ""), ("mine", "mine"), ("", "")])
def test_only_a_chosen_name_is_sent(ports: GuardedPorts, chosen: str, sent: str) -> None:
    ports.server.server_name = ports.server.ws_factory.server = chosen
    ports.listen()
    ports.install()
    assert (ports.server.server_name, ports.server.ws_factory.server) == (sent, sent)
