"""The site under a path of its host, behind a proxy that removes the path or keeps it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.services import http
from tests.services.other_servers import OtherServer, hypercorn, uvicorn
from tests.services.ports import HOST
from tests.services.prefix_proxy import PrefixProxy
from tests.services.raw_websocket import RawWebSocket
from tests.services.site import with_own_database

PATHS = ("/", "/api/landing/stats/", "/api/docs/", "/api/schema/", "/admin/login/", "/metrics")
STATIC = re.compile(r'(?:href|src)="([^"]*/static/[^"]+)"')
CHROME = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140"}
TOKEN = "a-token-of-a-scraper"


def daphne(*options: str) -> list[str]:
    return ["-m", "daphne", "-b", HOST, "-p", "{port}", *options, "landing_site.asgi:application"]


Serve = Callable[..., OtherServer]


@pytest.fixture(scope="module")
def serve(production: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """``serve(daphne("--root-path=/app"))`` returns a running server; equal ones are shared."""
    servers: dict[str, OtherServer] = {}

    def start(arguments: list[str], **variables: str) -> OtherServer:
        key = str((arguments, variables))
        if key not in servers:
            given = with_own_database(production, tmp_path_factory.mktemp("mounted"))
            servers[key] = OtherServer(
                {**given, "LANDING_METRICS_TOKEN": TOKEN, **variables}, arguments, may_fork=True
            )
            servers[key].wait_until_it_answers()
        return servers[key]

    yield start
    for server in servers.values():
        server.close()


#: Where a server takes its path from: its arguments and its variables.
MOUNTS: dict[str, Callable[[str], tuple[list[str], dict[str, str]]]] = {
    "daphne": lambda path: (daphne(f"--root-path={path}"), {}),
    "daphne with a slash": lambda path: (daphne(f"--root-path={path}/"), {}),
    "uvicorn": lambda path: (uvicorn("--root-path", path), {}),
    "uvicorn with a slash": lambda path: (uvicorn("--root-path", f"{path}/"), {}),
    "hypercorn": lambda path: (hypercorn("--workers", "0", "--root-path", path), {}),
    "the setting": lambda path: (daphne(), {"FORCE_SCRIPT_NAME": path}),
}
#: Each way once, and the paths that look like routes of the site.
CASES = [*((mount, "/app") for mount in MOUNTS), ("daphne", "/a/b"), ("daphne", "/ws")]
CASES += [("uvicorn", "/api"), ("the setting", "/api/landing")]
CASES += [(mount, "/m%C3%BCller") for mount in ("daphne", "uvicorn")]


def all_links(page: str) -> list[str]:
    return re.findall(r'(?:href|src|action)="(/[^"]*)"', page)


@pytest.mark.parametrize("strips", [True, False], ids=["removed", "kept"])
@pytest.mark.parametrize(("mount", "path"), CASES)
def test_pages_files_and_sockets_are_below_the_path(
    mount: str, path: str, strips: bool, serve: Serve
) -> None:
    arguments, variables = MOUNTS[mount](path)
    server = serve(arguments, **variables)
    with (
        PrefixProxy(server.port, path, strips=strips) as proxy,
        httpx.Client(timeout=60, headers={**CHROME, "Authorization": f"Bearer {TOKEN}"}) as client,
    ):
        for each in PATHS:
            assert client.get(proxy.url + each).status_code == 200, each
        page = client.get(proxy.url + "/")
        links = all_links(page.text)
        assert links
        assert all(link.startswith(f"{path}/") for link in links), links
        endpoints = f'socket="{path}/ws/landing/" stats="{path}/api/landing/stats/"'
        assert endpoints in page.text
        for file in STATIC.findall(page.text):
            assert client.get(urljoin(proxy.url, file)).status_code == 200, file
        cookie = next(each for each in page.headers.get_list("Set-Cookie") if "visitor" in each)
        assert f"Path={path}/;" in cookie
        check_redirects_and_errors(client, proxy, path)
        with RawWebSocket(proxy.port, path=f"{path}/ws/landing/") as socket:
            socket.wait_for(lambda message: message.get("count", 0) >= 1)
        assert handshake(proxy, f"{path}/nowhere/") in (403, 404)
    assert "Traceback" not in server.log, server.log


def check_redirects_and_errors(client: httpx.Client, proxy: PrefixProxy, path: str) -> None:
    admin = client.get(f"{proxy.url}/admin/")
    assert admin.status_code == 302
    assert admin.headers["Location"].startswith(f"{path}/admin/login/?next={quote(path)}/admin/")
    slash = client.get(f"{proxy.url}/admin")
    assert urlsplit(slash.headers["Location"]).path == f"{path}/admin/"
    missing = client.get(f"{proxy.url}/nowhere/")
    assert missing.status_code == 404
    assert f'href="{path}/"' in missing.text
    data = {"language": "de", "next": f"{path}/"}
    language = client.post(f"{proxy.url}/language/", data=data)
    assert language.headers["Location"] == f"{path}/"
    schema = client.get(f"{proxy.url}/api/schema/").text
    assert f"servers:\n- url: {path}\n" in schema


def handshake(proxy: PrefixProxy, target: str) -> int:
    """Return the status of a WebSocket handshake."""
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    return http.get(f"http://{HOST}:{proxy.port}{target}", headers=headers).status_code


@pytest.mark.parametrize("mount", ["daphne", "uvicorn", "the setting"])
def test_a_socket_outside_the_path_is_refused_without_a_traceback(mount: str, serve: Serve) -> None:
    arguments, variables = MOUNTS[mount]("/app")
    server = serve(arguments, **variables)
    with PrefixProxy(server.port, "", strips=False) as direct:
        for target in ("/other/ws/landing/", "/apple/ws/landing/", "/ws/", "/nowhere"):
            assert handshake(direct, target) == 403, target
    assert "Traceback" not in server.log, server.log


def test_a_client_cannot_choose_the_path(serve: Serve) -> None:
    server = serve(daphne("--root-path=/app"))
    for chosen in ("//evil.example", "/chosen", ""):
        page = http.get(server.url + "/", headers={"Daphne-Root-Path": chosen})
        assert all(link.startswith("/app/") for link in all_links(page.text))


@pytest.mark.parametrize("strips", [True, False], ids=["removed", "kept"])
def test_a_browser_shows_a_live_page_below_the_path(
    browser: Browser, serve: Serve, strips: bool
) -> None:
    server = serve(daphne("--root-path=/app"))
    failed: list[Any] = []
    context = browser.new_context()
    with PrefixProxy(server.port, "/app", strips=strips) as proxy:
        page = context.new_page()
        page.on("response", lambda answer: answer.status < 400 or failed.append(answer.url))
        page.on("pageerror", lambda error: failed.append(error))
        page.goto(proxy.url + "/")
        expect(page.locator("live-user-counter")).to_have_attribute("state", "live")
        with RawWebSocket(proxy.port, path="/app/ws/landing/"):
            expect(page.locator('live-user-counter [part="figure"]')).not_to_have_text("1")
        page.click(".languages button[lang=de]")
        expect(page.locator("html")).to_have_attribute("lang", "de")
        expect(page.locator("live-user-counter")).to_have_attribute("state", "live")
        page.click("a.brand")
        assert page.url == proxy.url + "/"
        context.close()
    assert failed == []


def test_an_element_that_arrives_after_the_scripts_connects_below_the_path(
    browser: Browser, serve: Serve
) -> None:
    server = serve(daphne("--root-path=/app"))
    context = browser.new_context()
    sockets: list[str] = []
    with PrefixProxy(server.port, "/app", strips=False) as proxy:
        page = context.new_page()
        page.on("websocket", lambda socket: sockets.append(urlsplit(socket.url).path))
        page.goto(proxy.url + "/admin/login/")
        home = http.get(proxy.url + "/").text
        script = next(file for file in STATIC.findall(home) if "/live_user_counter/js/main" in file)
        page.add_script_tag(url=urljoin(proxy.url, script), type="module")
        page.evaluate("customElements.whenDefined('live-user-counter').then(() => {})")
        page.evaluate(
            "document.body.insertAdjacentHTML('beforeend',"
            " '<live-user-counter socket=\"/app/ws/landing/\"></live-user-counter>')"
        )
        expect(page.locator("live-user-counter")).to_have_attribute("state", "live")
        context.close()
    assert sockets == ["/app/ws/landing/"]
