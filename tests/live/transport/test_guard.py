"""The limits where bytes arrive, on real Daphne servers with low limits."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psutil
import pytest

from landing.limits.frame_rate import MAX_EXCESS_SECONDS, POLICY_VIOLATION
from landing.live.transport.guard import RESERVED_FILES
from tests.services import frames
from tests.services.ports import HOST, wait_until
from tests.services.raw_http import chunks, connect, exchange, handshake, head
from tests.services.raw_websocket import RawWebSocket
from tests.services.site import DaphneServer, with_own_database

MAX_BODY_BYTES = 2_000
UPLOAD_BYTES = 50_000
MAX_CONNECTIONS = 8
OPEN_FILES = 200
BURST_OF_FRAMES = 20
Serve = Callable[..., DaphneServer]


@pytest.fixture(scope="module")
def serve(production: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """``serve(LANDING_MAX_BODY_BYTES="2000")`` starts a server without other limits."""
    servers: list[DaphneServer] = []

    def start(**limits: str) -> DaphneServer:
        directory = tmp_path_factory.mktemp("guarded")
        given = {**with_own_database(production, directory), "LANDING_LINGER_SECONDS": "0"}
        servers.append(DaphneServer({**given, **limits}, "-v", "0"))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        assert "Traceback" not in server.log, server.log
        server.close()


@pytest.fixture(scope="module")
def server(serve: Serve) -> DaphneServer:
    """Return a server that limits bodies and frames."""
    return serve(
        LANDING_MAX_FRAMES_PER_SECOND="10",
        LANDING_MAX_BODY_BYTES=str(MAX_BODY_BYTES),
        LANDING_BODY_LIMITS=f"/upload/={UPLOAD_BYTES}",
    )


@pytest.fixture(scope="module")
def crowded(serve: Serve) -> DaphneServer:
    """Return a server that limits connections and rates."""
    return serve(
        LANDING_NETWORK_MAX_CONNECTIONS=str(MAX_CONNECTIONS),
        LANDING_NETWORK_HANDSHAKES_PER_SECOND="4",
        LANDING_NETWORK_REQUESTS_PER_SECOND="5",
    )


@pytest.fixture(scope="module")
def proxied(serve: Serve) -> DaphneServer:
    """Return a server that limits connections behind one trusted proxy."""
    return serve(LANDING_NETWORK_MAX_CONNECTIONS="2", LANDING_TRUSTED_PROXY_COUNT="1")


def send_forever(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"x" * 100_000)


# -- bodies


@pytest.mark.parametrize("path", ["/", "/language/", "/admin/login/", "/api/landing/stats/"])
def test_a_large_body_gets_413_before_it_is_read(server: DaphneServer, path: str) -> None:
    answer = exchange(server.port, head("POST", path, "Content-Length: 1500000000"), b"x" * 500_000)

    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_large_body_in_chunks_gets_413(server: DaphneServer) -> None:
    request = head("POST", "/language/", "Transfer-Encoding: chunked")

    assert exchange(server.port, request, *chunks(200_000)).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("method", "accept", "body"),
    [
        ("POST", "*/*", b'{"detail": "The request body is too large."}'),
        ("POST", "text/html,*/*;q=0.8", b""),
        ("HEAD", "*/*", b""),
    ],
    ids=["program", "page", "HEAD"],
)
def test_a_refusal_explains_itself_to_a_program_and_leaves_a_page_to_the_browser(
    server: DaphneServer, method: str, accept: str, body: bytes
) -> None:
    request = head(method, "/api/landing/activities/", f"Accept: {accept}", "Content-Length: 99999")

    headers, _, received = exchange(server.port, request).partition(b"\r\n\r\n")
    assert received == body
    assert f"Content-Length: {len(body)}".encode() in headers.split(b"\r\n")


def test_a_client_that_ignores_413_is_cut_off(server: DaphneServer) -> None:
    request = head("POST", "/", "Content-Length: 1500000000")
    with connect(server.port) as connection:
        connection.sendall(request)
        with pytest.raises(ConnectionError):
            send_forever(connection)


@pytest.mark.parametrize(
    ("path", "size"),
    [("/language/", MAX_BODY_BYTES), ("/upload/picture", UPLOAD_BYTES)],
)
def test_a_body_of_the_permitted_size_arrives(server: DaphneServer, path: str, size: int) -> None:
    length = head("POST", path, f"Content-Length: {size}", "Content-Type: text/plain")
    chunked = head("POST", path, "Transfer-Encoding: chunked", "Content-Type: text/plain")

    for answer in (
        exchange(server.port, length, b"x" * size),
        exchange(server.port, chunked, *chunks(size)),
    ):
        assert b"413" not in answer.split(b"\r\n")[0]


def test_a_request_with_too_many_headers_gets_400(server: DaphneServer) -> None:
    request = head("GET", "/", *(f"X-{number}: a" for number in range(200)))

    assert exchange(server.port, request).startswith(b"HTTP/1.1 400 ")


# -- frames

FLOODS = {
    "pings": frames.dump(frames.PING, b"x"),
    "pongs": frames.dump(frames.PONG, b""),
    "empty binary frames": frames.dump(frames.BINARY, b""),
    "subscriptions": frames.dump(frames.TEXT, b'{"type":"subscribe-online"}'),
    "large frames": frames.dump(frames.TEXT, b"x" * 60_000),
}


@pytest.mark.parametrize("frame", FLOODS.values(), ids=FLOODS.keys())
def test_a_flood_is_closed_and_no_longer_counts(server: DaphneServer, frame: bytes) -> None:
    with RawWebSocket(server.port) as watcher, RawWebSocket(server.port) as flooder:
        watcher.wait_for(lambda message: message.get("people") == 2)
        assert flooder.flood(frame * 20, seconds=10 * MAX_EXCESS_SECONDS)
        watcher.wait_for(lambda message: message.get("people") == 1)


@pytest.mark.parametrize("name", ["pings", "large frames"])
def test_a_flood_of_one_network_is_closed_on_every_connection(serve: Serve, name: str) -> None:
    # Each flooder gets a part of the network's rate that is within its own rate.
    server, flooders = serve(LANDING_MAX_FRAMES_PER_SECOND="1"), 30
    with ExitStack() as stack, ThreadPoolExecutor(flooders) as threads:
        crowd = [stack.enter_context(RawWebSocket(server.port)) for _ in range(flooders)]
        flood = FLOODS[name] * 20
        closed = threads.map(lambda each: each.flood(flood, 4 * MAX_EXCESS_SECONDS), crowd)
        assert all(closed)


def test_an_honest_client_beside_a_flood_of_its_network_is_answered(serve: Serve) -> None:
    server = serve(LANDING_MAX_FRAMES_PER_SECOND="1")
    with RawWebSocket(server.port) as honest, ExitStack() as stack:
        crowd = [stack.enter_context(RawWebSocket(server.port)) for _ in range(20)]
        for flooder in crowd:
            flooder.send_bytes(FLOODS["pings"] * 20)
        honest.send_text('{"type":"ping"}')
        honest.wait_for(lambda message: message["type"] == "pong")


def test_a_closed_flooder_reads_the_close_code(server: DaphneServer) -> None:
    with RawWebSocket(server.port) as flooder:
        # As many as are read before the client is closed, so that no byte is left unread.
        flooder.send_bytes(FLOODS["pings"] * 200)
        assert flooder.read_to_end()[1] == POLICY_VIOLATION
    assert "exceeds its rate of frames" in server.log


def test_a_burst_within_the_limit_is_answered_completely(server: DaphneServer) -> None:
    with RawWebSocket(server.port) as client:
        for _ in range(2):
            # One read from the socket costs a tenth of a frame.
            for _ in range(BURST_OF_FRAMES - 2):
                client.send_text('{"type":"ping"}')
            for _ in range(BURST_OF_FRAMES - 2):
                client.wait_for(lambda message: message["type"] == "pong")
            time.sleep(BURST_OF_FRAMES / 10 + 0.2)


def test_frames_over_the_rate_are_answered_later_and_none_is_lost(server: DaphneServer) -> None:
    with RawWebSocket(server.port) as client:
        for _ in range(2 * BURST_OF_FRAMES):
            client.send_text('{"type":"ping"}')
        for _ in range(2 * BURST_OF_FRAMES):
            client.wait_for(lambda message: message["type"] == "pong")


# -- networks


def test_connections_over_the_maximum_are_refused_until_others_close(
    crowded: DaphneServer,
) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(connect(crowded.port)) for _ in range(MAX_CONNECTIONS - 1)]
        websocket = stack.enter_context(RawWebSocket(crowded.port))
        with pytest.raises(ConnectionError):
            http_get(crowded)
        silent.pop().close()
        wait_until(lambda: answers(crowded), "a place is free")
        websocket.reset()
        silent.append(stack.enter_context(connect(crowded.port)))
        wait_until(lambda: answers(crowded), "the place of a WebSocket is free")
    assert crowded.log.count("A network has LANDING_NETWORK_MAX_CONNECTIONS") == 1


def http_get(server: DaphneServer) -> int:
    connection = http.client.HTTPConnection(HOST, server.port, timeout=60)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status
    except http.client.RemoteDisconnected as error:
        raise ConnectionError from error
    finally:
        connection.close()


def answers(server: DaphneServer) -> bool:
    try:
        return http_get(server) == 200
    except ConnectionError:
        return False


def test_handshakes_over_the_rate_get_429_and_when_to_try_again(crowded: DaphneServer) -> None:
    results = [handshake(connect(crowded.port)) for _ in range(40)]

    refused = [headers for status, headers in results if status == 429]
    assert {status for status, _ in results} == {101, 429}
    assert all(int(headers["retry-after"]) >= 1 for headers in refused)


def test_requests_over_the_rate_get_429_and_one_log_line(crowded: DaphneServer) -> None:
    statuses = set()
    wait_until(lambda: statuses.add(http_get(crowded)) or 429 in statuses, "a refusal")  # type: ignore[func-returns-value]

    assert statuses <= {200, 429}
    wait_until(lambda: answers(crowded), "requests are served again")
    assert crowded.log.count("exceeds its rate of requests") == 1


def test_people_over_the_maximum_stay_connected_and_do_not_count(serve: Serve) -> None:
    server = serve(LANDING_NETWORK_MAX_PEOPLE="3")
    with ExitStack() as stack:
        crowd = [stack.enter_context(RawWebSocket(server.port)) for _ in range(5)]
        crowd[0].wait_for(lambda message: message.get("people") == 3)
        crowd[4].wait_for(lambda message: message.get("people") == 3)
        for leaving in crowd[:3]:
            leaving.leave()
        crowd[4].wait_for(lambda message: message.get("people") == 2)


def test_behind_a_proxy_the_forwarded_network_has_the_maximum(proxied: DaphneServer) -> None:
    def forwarded(address: str) -> int:
        return handshake(connect(proxied.port), f"X-Forwarded-For: 203.0.113.9, {address}")[0]

    with ExitStack() as stack:
        for address in ("2001:db8:1:2::1", "2001:db8:1:2::2"):
            stack.enter_context(RawWebSocket(proxied.port, headers={"X-Forwarded-For": address}))
        assert forwarded("2001:db8:1:2:ffff::9") == 429
        assert forwarded("2001:db8:1:3::1") == 101
    wait_until(lambda: forwarded("2001:db8:1:2::1") == 101, "the network has a place again")


def test_silent_connections_give_way_when_files_run_out(serve: Serve) -> None:
    server = serve()
    psutil.Process(server.pid).rlimit(psutil.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    with ExitStack() as stack:
        for _ in range(2 * (OPEN_FILES - RESERVED_FILES)):
            stack.enter_context(connect(server.port))
        assert http_get(server) == 200
        with RawWebSocket(server.port) as newcomer:
            newcomer.wait_for(lambda message: message.get("people") == 1)
    assert server.log.count("Too many files are open") == 1
