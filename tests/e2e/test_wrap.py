"""``wrap()`` in another project, under real servers: its counter and the project's own sockets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.services import http
from tests.services.other_servers import OtherServer
from tests.services.ports import HOST, wait_until
from tests.services.prefix_proxy import PrefixProxy
from tests.services.raw_websocket import RawWebSocket
from tests.services.redis import RedisServer
from tests.services.site import python

SETTINGS = "tests.e2e.hosted.settings"
#: The command of each server.
SERVERS = {
    "daphne": ["-m", "daphne", "-b", HOST, "-p", "{port}"],
    "uvicorn": ["-m", "uvicorn", "--host", HOST, "--port", "{port}"],
    "hypercorn": ["-m", "hypercorn", "--workers", "0", "-b", f"{HOST}:{{port}}"],
}
#: The server goes away, or restarts. Hypercorn cancels connections before the application knows.
LEAVING = {1001, 1006, 1011, 1012, None}
HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}

Serve = Callable[..., OtherServer]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the migrated database of the project."""
    path = tmp_path_factory.mktemp("hosted") / "db.sqlite3"
    variables = {"DJANGO_SETTINGS_MODULE": SETTINGS, "HOSTED_DATABASE": str(path)}
    done = python("-m", "django", "migrate", "--verbosity", "0", **variables)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture
def serve(database: Path) -> Iterator[Serve]:
    """``serve("daphne", "application", HOSTED_URLS=…)`` returns a running server."""
    servers: list[OtherServer] = []

    def start(name: str, application: str, *options: str, **variables: str) -> OtherServer:
        arguments = [*SERVERS[name], *options, f"tests.e2e.hosted.asgi:{application}"]
        given = {"DJANGO_SETTINGS_MODULE": SETTINGS, "HOSTED_DATABASE": str(database), **variables}
        servers.append(OtherServer(given, arguments, may_fork=True))
        servers[-1].wait_until_it_answers()
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def find_socket(page: str) -> str:
    """Return the address of the WebSocket that a page names."""
    found = re.search(r' socket="([^"]+/ws/)" stats="[^"]+/stats/"', page)
    assert found, page
    return found[1]


def handshake(port: int, path: str) -> int:
    return http.get(f"http://{HOST}:{port}{path}", headers=HANDSHAKE).status_code


def has_people(**expected: int) -> Callable[[dict[str, Any]], bool]:
    return lambda message: message | expected == message and "people" in message


@pytest.mark.parametrize("application", ["application", "outside", "inside"])
@pytest.mark.parametrize("name", SERVERS)
def test_a_project_with_its_own_consumers_has_a_live_counter(
    name: str, application: str, serve: Serve, redis_server: RedisServer
) -> None:
    server = serve(name, application, HOSTED_REDIS_URL=redis_server.url)
    path = find_socket(http.get(server.url + "/").text)
    with httpx.Client() as client:
        client.get(server.url + "/sign-in/")
        cookies = {"Cookie": f"sessionid={client.cookies['sessionid']}"}
    with (
        RawWebSocket(server.port, path=path) as first,
        RawWebSocket(server.port, path=path, headers=cookies) as second,
        RawWebSocket(server.port, path="/ws/chat/", headers=cookies) as chat,
    ):
        for each in (first, second):
            each.wait_for(has_people(people=2, signed_in=1, anonymous=1, count=2))
        hello = {"type": "hello", "user": "ana", "path": "/ws/chat/", "root_path": ""}
        chat.wait_for(lambda message: message == hello)
        chat.send_text('{"a": ["message", 1]}')
        chat.wait_for(lambda message: message.get("content") == {"a": ["message", 1]})
        answer = http.get(server.url + path)
        assert (answer.status_code, answer.headers["Upgrade"]) == (426, "websocket")
        assert http.get(server.url + "/nowhere/").status_code == 404
        server.begin_to_stop()
        assert {each.read_to_end()[1] for each in (first, second)} <= LEAVING
    server.wait()
    with redis_server.client() as redis:
        assert redis.zcard("{landing}:leases") == 0, "the process has drained"
    # Hypercorn logs a traceback of its own for each connection that it cancels.
    assert "landing/live/" not in server.log, server.log
    assert name == "hypercorn" or "Traceback" not in server.log, server.log


#: How a server learns its root path.
MOUNTS = {
    "daphne": ("daphne", ["--root-path=/app"], {}),
    "uvicorn": ("uvicorn", ["--root-path=/app"], {}),
    "hypercorn": ("hypercorn", ["--root-path=/app"], {}),
    "the setting": ("daphne", [], {"HOSTED_SCRIPT_NAME": "/app"}),
}


@pytest.mark.parametrize("strips", [True, False], ids=["removed", "kept"])
@pytest.mark.parametrize("mount", MOUNTS)
def test_a_project_below_a_path_has_its_counter_below_it(
    mount: str, strips: bool, serve: Serve
) -> None:
    name, options, variables = MOUNTS[mount]
    server = serve(name, "plain", *options, **variables)
    with PrefixProxy(server.port, "/app", strips=strips) as proxy:
        # Only the setting makes Django find a path that the proxy or the server has changed.
        page = next(
            answer.text
            for url in (proxy.url + "/", server.url + "/")
            if (answer := http.get(url)).status_code == 200
        )
        path = find_socket(page)
        assert path.startswith("/app/live/")
        with RawWebSocket(proxy.port, path=path) as socket:
            socket.wait_for(has_people(people=1))
        assert handshake(proxy.port, "/app/nowhere/") in (403, 404)
    assert "Traceback" not in server.log, server.log


@pytest.mark.parametrize("name", SERVERS)
def test_a_prefix_per_language_is_part_of_the_address(name: str, serve: Serve) -> None:
    server = serve(name, "plain", HOSTED_URLS="tests.e2e.hosted.urls_by_language")
    paths = [find_socket(http.get(f"{server.url}/{language}/").text) for language in ("en", "de")]
    assert [path[:6] for path in paths] == ["/en/l/", "/de/l/"]
    with RawWebSocket(server.port, path=paths[0]), RawWebSocket(server.port, path=paths[1]) as last:
        last.wait_for(has_people(people=2))
    for wrong in (paths[0][3:], "/fr" + paths[0][3:], "/de" + paths[0]):
        assert handshake(server.port, wrong) in (403, 404)
    assert "Traceback" not in server.log, server.log


@pytest.mark.parametrize("name", SERVERS)
def test_without_its_routes_the_counter_is_static_and_one_line_is_logged(
    name: str, serve: Serve
) -> None:
    server = serve(name, "plain", HOSTED_URLS="tests.e2e.hosted.urls_without_counter")
    for _ in range(3):
        page = http.get(server.url + "/")
        assert page.status_code == 200
        assert "<live-user-counter" in page.text
        assert "socket=" not in page.text
        assert handshake(server.port, "/live/ws/") in (403, 404)
    assert server.log.count("The live WebSocket has no URL") == 1
    assert server.log.count("Pages show a number that does not change") == 1
    assert "Traceback" not in server.log, server.log


@pytest.mark.parametrize("name", ["uvicorn", "hypercorn"])
def test_a_project_gets_the_events_of_its_server(name: str, serve: Serve) -> None:
    server = serve(name, "with_lifespan")
    path = find_socket(http.get(server.url + "/").text)
    with RawWebSocket(server.port, path=path) as socket:
        socket.wait_for(has_people(people=1))
    server.stop()
    wait_until(lambda: "lifespan.shutdown" in server.log, "the project has stopped")
    assert server.log.count("The project gets lifespan.startup") == 1
    assert server.log.count("The project gets lifespan.shutdown") == 1
