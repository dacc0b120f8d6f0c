"""Two workers on one port, with real processes: spread, restarts, crashes, and the end."""

from __future__ import annotations

import json
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from landing_site.serve import __main__ as serve_command
from tests.services import http
from tests.services.other_servers import OtherServer, refuses_connections
from tests.services.ports import HOST, free_port, wait_until
from tests.services.raw_websocket import RawWebSocket
from tests.services.redis import RedisServer
from tests.services.site import QUICK, python, with_own_database

WORKERS = 2
SERVE = ["-m", "landing_site.serve", "--port", "{port}", "--workers", str(WORKERS), "--pause", "0"]
#: A fair coin leaves this range once in 70,000 times.
CONNECTIONS, LEAST_SHARE = 1000, 0.43
GOING_AWAY = 1001

Serve = Callable[..., OtherServer]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return the directory of the database."""
    directory = tmp_path / "data"
    directory.mkdir()
    return directory


@pytest.fixture
def serve(production: dict[str, str], data: Path, redis_server: RedisServer) -> Iterator[Serve]:
    database = with_own_database(production, data)
    with ExitStack() as stack:

        def start(*options: str, **others: str) -> OtherServer:
            variables = {**database, "REDIS_URL": redis_server.url, **QUICK, **others}
            server = OtherServer(variables, [*SERVE, *options])
            stack.callback(server.close)
            return server

        yield start


def workers(server: OtherServer) -> list[psutil.Process]:
    """Return the processes that a signal ends one by one, in the order of their start."""
    return sorted(psutil.Process(server.pid).children(), key=psutil.Process.create_time)


def logged(server: OtherServer, text: str) -> Callable[[], bool]:
    return lambda: text in server.log


def wait_until_all_listen(server: OtherServer) -> None:
    wait_until(logged(server, f"{WORKERS} workers listen"), "all workers listen")


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@contextmanager
def connecting(port: int) -> Iterator[list[str]]:
    """Request a page on a new connection, again and again. Yield the failures so far."""
    failures: list[str] = []
    is_over = threading.Event()

    def ask() -> None:
        # With pauses, because clients that never wait would slow down the workers' start.
        while not is_over.wait(0.02):
            try:
                status = http.get(f"http://{HOST}:{port}/health/live").status_code
            except Exception as error:  # noqa: BLE001  every failure is one
                failures.append(repr(error))
            else:
                if status != 200:
                    failures.append(str(status))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield failures
    finally:
        is_over.set()
        thread.join()


def test_a_rolling_restart_refuses_no_connection_and_keeps_the_count(serve: Serve) -> None:
    # A shorter grace period does not cover a reconnect, so nothing would be handed over.
    server = serve(LANDING_LINGER_SECONDS="4")
    wait_until_all_listen(server)
    old = workers(server)
    with ExitStack() as stack:
        sockets = [stack.enter_context(RawWebSocket(server.port)) for _ in range(20)]
        for each in sockets:
            each.wait_for(lambda message: message.get("people") == len(sockets))
        with connecting(server.port) as failures:
            os.kill(server.pid, signal.SIGHUP)
            wait_until(lambda: len(workers(server)) > WORKERS, "the restart has begun")
            between = workers(server)
            # The first worker has the release of the first signal, so all restart again.
            os.kill(server.pid, signal.SIGHUP)
            ends = [each.read_to_end() for each in sockets]
            wait_until(
                lambda: server.log.count("All workers are restarted") == 2,
                "both restarts are complete",
            )
    assert failures == []
    assert {code for _, code in ends} == {GOING_AWAY}
    # Only the handover sends a spread just before the close. One fan-out may come between.
    last = [{json.loads(text)["type"] for text in texts[-2:]} for texts, _ in ends]
    assert all("retry" in types for types in last)
    assert not {*old, *between} & {*workers(server)}
    assert len(workers(server)) == WORKERS
    assert server.stop() == 0
    assert refuses_connections(server.port)
    assert "Traceback" not in server.log, server.log


def test_connections_are_spread_evenly_and_wait_for_a_worker_that_crashed(serve: Serve) -> None:
    server = serve()
    wait_until_all_listen(server)
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(socket.create_connection((HOST, server.port)))
        counts: list[int] = []

        def are_accepted() -> bool:
            counts[:] = accepted(server)
            return sum(counts) == CONNECTIONS

        wait_until(are_accepted, "all connections are accepted")
    assert min(counts) >= LEAST_SHARE * CONNECTIONS, counts

    crashed = workers(server)[0]
    with connecting(server.port) as failures:
        crashed.kill()
        wait_until(logged(server, f"Process {crashed.pid} ended by signal 9"), "it is noticed")
        wait_until(lambda: len(workers(server)) == WORKERS, "another one is started")
    # The crash cuts the one request that its worker was answering. No connection is refused.
    assert len(failures) <= 1 and "ConnectError" not in "".join(failures), failures
    assert crashed not in workers(server)

    # The supervisor cannot stop its workers, but they notice.
    orphans = workers(server)
    psutil.Process(server.pid).kill()
    _, alive = psutil.wait_procs(orphans, timeout=30)
    assert alive == []


def accepted(server: OtherServer) -> list[int]:
    """Return how many connections each worker has accepted."""
    return [
        sum(each.status == psutil.CONN_ESTABLISHED for each in worker.net_connections("tcp4"))
        for worker in workers(server)
    ]


def test_a_release_that_cannot_start_replaces_no_worker(serve: Serve, data: Path) -> None:
    server = serve()
    wait_until_all_listen(server)
    before = workers(server)
    away = data.rename(data.with_suffix(".away"))
    os.kill(server.pid, signal.SIGHUP)
    wait_until(logged(server, "so none is replaced"), "the restart is given up")
    wait_until(lambda: workers(server) == before, "the old workers are alone")
    assert http.get(server.url + "/health/live").status_code == 200

    # A worker that crashes now is started until its database is there.
    before[0].kill()
    wait_until(logged(server, "It is started again in 2 s."), "two starts have failed")
    away.rename(data)
    with RawWebSocket(server.port) as tab:
        wait_until(lambda: len(workers(server)) == WORKERS, "it has started")
        server.begin_to_stop()
        wait_until(lambda: refuses_connections(server.port), "nobody waits for a worker")
        assert tab.read_to_end()[1] == GOING_AWAY
    assert server.wait() == 0


def test_a_site_that_cannot_start_ends_with_the_reason(serve: Serve, data: Path) -> None:
    data.rename(data.with_suffix(".away"))
    server = serve()
    assert server.wait() == 1
    assert "unable to open database file" in server.log
    assert "Traceback" not in server.log, server.log


def test_clients_of_both_address_families_have_their_address(serve: Serve) -> None:
    # A machine may lack IPv6.
    host, addresses = ("::", ("::1", "127.0.0.1")) if has_ipv6() else ("0.0.0.0", ("127.0.0.1",))
    server = serve("--host", host, "--workers", "1")
    wait_until(logged(server, "1 workers listen"), "the worker listens")
    for address in addresses:
        with socket.create_connection((address, server.port)) as client:
            # Only a loopback address may read the metrics.
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200"), address


@pytest.mark.parametrize(
    ("variables", "options", "complaint"),
    [
        ({"LANDING_LEASE_SECONDS": "soon"}, [], "LANDING_LEASE_SECONDS must be a number"),
        ({"SECRET_KEY": ""}, [], "SECRET_KEY"),
        ({}, ["--workers", "0"], "must be a whole number from 1 to 64: '0'"),
        ({}, ["--workers", "two"], "must be a whole number from 1 to 64: 'two'"),
        ({}, ["--port", "65536"], "must be a whole number from 1 to 65535: '65536'"),
        ({}, ["--pause", "-1"], "must be a number from 0 to 3600: '-1'"),
        ({}, ["--pause", "nan"], "must be a number from 0 to 3600: 'nan'"),
        ({}, ["--host", "192.0.2.1"], "of 192.0.2.1 cannot be used: "),
    ],
)
def test_a_wrong_setting_or_option_is_named_in_the_last_line(
    production: dict[str, str], variables: dict[str, str], options: list[str], complaint: str
) -> None:
    done = python("-m", "landing_site.serve", *options, **{**production, **variables})
    assert done.returncode != 0
    assert complaint in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_directory_whose_path_is_too_long_for_a_socket_is_one_line(
    production: dict[str, str], tmp_path: Path
) -> None:
    directory = tmp_path / ("long" * 30)
    directory.mkdir()
    port = str(free_port())
    done = python("-m", "landing_site.serve", "--port", port, TMPDIR=str(directory), **production)
    assert done.returncode == 1
    assert "The supervisor cannot start: AF_UNIX path too long" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_without_a_writable_disk_sockets_are_in_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As in a container with a read-only file system and no volume at /tmp."""
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "missing")])
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(serve_command, "MEMORY", str(tmp_path))
    with serve_command._open_directory() as directory:
        assert Path(directory).parent == tmp_path
    monkeypatch.setattr(serve_command, "MEMORY", str(tmp_path / "missing"))
    with pytest.raises(SystemExit, match="The supervisor needs a directory for its sockets"):
        serve_command._open_directory()


@pytest.mark.parametrize("option", [0, socket.SO_REUSEPORT])
def test_a_port_in_use_is_named(production: dict[str, str], option: int) -> None:
    with socket.socket() as other:
        if option:
            other.setsockopt(socket.SOL_SOCKET, option, 1)
        other.bind((HOST, 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = python("-m", "landing_site.serve", "--port", port, **production)
    assert (done.returncode, done.stderr.strip()) == (
        1,
        f"Port {port} of {HOST} is in use. Stop that program or choose another port.",
    )
