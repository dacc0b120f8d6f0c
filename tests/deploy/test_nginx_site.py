"""The site as docs/deployment.md deploys it: nginx with TLS in front of two workers on one port.

There are no tests without nginx on this machine; ``make test`` installs it if it may.
"""

from __future__ import annotations

import itertools
import os
import re
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.services import http, raw_http
from tests.services.nginx import Nginx, find_nginx
from tests.services.other_servers import OtherServer
from tests.services.ports import HOST, wait_until
from tests.services.raw_websocket import RawWebSocket
from tests.services.redis import RedisServer
from tests.services.site import QUICK, DaphneServer, with_own_database
from tests.services.tls import context_without_verification

ANY_CERTIFICATE = context_without_verification()
TOKEN = "a-token-of-a-scraper"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
#: As in docs/deployment.md. Most tests are the network 127.0.0.1, which needs few handshakes.
VARIABLES = {
    **QUICK,
    "LANDING_TRUSTED_PROXY_COUNT": "1",
    "SECURE_PROXY_SSL_HEADER": "X-Forwarded-Proto",
    "SECURE_SSL_REDIRECT": "true",
    "SECURE_HSTS_SECONDS": "3600",
    "LANDING_METRICS_TOKEN": TOKEN,
    "LANDING_NETWORK_HANDSHAKES_PER_SECOND": "2",
}
SERVE = ["-m", "landing_site.serve", "--workers", "2", "--port", "{port}", "--pause", "0"]
STATIC = re.compile(r'(?:href|src)="([^"]*/static/[^"]+)"')

get = partial(http.get, verify=ANY_CERTIFICATE)

if find_nginx():

    @pytest.fixture(scope="module")
    def static(production: dict[str, str]) -> Path:
        return Path(production["STATIC_ROOT"])

    @pytest.fixture(scope="module")
    def site(
        production: dict[str, str],
        _redis_process: RedisServer,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> Iterator[OtherServer]:
        if not _redis_process.is_running:
            _redis_process.start()
        database = with_own_database(production, tmp_path_factory.mktemp("site"))
        server = OtherServer({**database, "REDIS_URL": _redis_process.url, **VARIABLES}, SERVE)
        wait_until(lambda: "2 workers listen" in server.log, "all workers listen")
        yield server
        log = server.log
        server.close()
        assert "Traceback" not in log, log

    @pytest.fixture(scope="module")
    def proxy(
        site: OtherServer, static: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[Nginx]:
        nginx = Nginx(tmp_path_factory.mktemp("nginx"), site.port, static=static)
        nginx.start()
        yield nginx
        nginx.stop()

    def test_plain_http_leads_to_https_but_for_certificates(proxy: Nginx) -> None:
        answer = http.post(f"{proxy.plain_url}/language/?a=b%20c", headers={"Host": "elsewhere"})
        assert answer.status_code == 308
        assert answer.headers["Location"] == "https://www.example.com/language/?a=b%20c"

        challenge = ".well-known/acme-challenge/token"
        (proxy.acme / challenge).parent.mkdir(parents=True)
        (proxy.acme / challenge).write_text("proof")
        assert http.get(f"{proxy.plain_url}/{challenge}").text == "proof"

    def test_a_page_arrives_with_hsts_and_secure_cookies(proxy: Nginx) -> None:
        page = get(proxy.url, headers=BROWSER)
        assert page.status_code == 200
        assert page.headers["Strict-Transport-Security"] == "max-age=3600"
        cookie = page.headers["Set-Cookie"]
        assert cookie.startswith("__Host-landing_visitor=")
        assert "; Secure" in cookie
        assert page.headers["Server"] == "nginx", "no version"

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_browsers_get_http2_over_modern_tls(proxy: Nginx, version: ssl.TLSVersion) -> None:
        context = context_without_verification()
        context.minimum_version = context.maximum_version = version
        context.set_alpn_protocols(["h2", "http/1.1"])
        with context.wrap_socket(raw_http.connect(proxy.port)) as connection:
            assert connection.selected_alpn_protocol() == "h2"

    def test_files_come_from_the_disk_as_the_site_would_send_them(
        proxy: Nginx, site: OtherServer, static: Path
    ) -> None:
        page = get(proxy.url, headers=BROWSER).text
        for path in set(STATIC.findall(page)):
            ours, theirs = get(proxy.url + path), get_directly(site, path)
            assert ours.content == theirs.content, path
            for name in (
                "Content-Encoding",
                "Cache-Control",
                "Cross-Origin-Resource-Policy",
                "X-Content-Type-Options",
                "Vary",
            ):
                assert tokens(ours, name) == tokens(theirs, name), (path, name)
            assert ours.headers["Content-Type"].partition("/")[2]
        new = static / "new.css"
        new.write_text("a{}")
        try:
            assert get(f"{proxy.url}/static/new.css").text == "a{}", "during a rolling restart"
        finally:
            new.unlink()
        assert get(f"{proxy.url}/static/missing.css").status_code == 404

    def test_a_websocket_of_the_page_counts(proxy: Nginx) -> None:
        with RawWebSocket(proxy.port, tls=ANY_CERTIFICATE) as tab:
            assert tab.wait_for(lambda message: message.get("people") == 1)
        assert handshake(proxy, f"Origin: https://{HOST}") == 101
        assert handshake(proxy, f"Origin: http://{HOST}") == 403, "the page of another scheme"

    def test_forged_addresses_do_not_change_the_network(proxy: Nginx) -> None:
        """A client that floods is refused, and its neighbors are not."""
        numbers = itertools.cycle(range(1, 255))

        def is_refused() -> bool:
            forged = f"X-Forwarded-For: 198.51.100.{next(numbers)}, 10.0.0.1"
            status = handshake(proxy, forged, source="127.0.0.9")
            assert status in (101, 429)
            return status == 429

        wait_until(is_refused, "the network is over its rate")
        assert handshake(proxy, source="127.0.0.10") == 101

    def test_forged_headers_have_no_effect(proxy: Nginx, site: OtherServer) -> None:
        forged = {"X-Forwarded-Proto": "http", "X-Request-ID": "forged", **BROWSER}
        # With the header of the client, the site would redirect to HTTPS without end.
        assert get(proxy.url, headers=forged).status_code == 200
        assert get(f"{proxy.url}/missing-page", headers=forged).status_code == 404
        wait_until(lambda: "missing-page" in site.log, "the missing page is logged")
        line = next(line for line in site.log.splitlines() if "missing-page" in line)
        assert re.search(r'"request_id": "[0-9a-f]{32}"', line)

        # nginx chooses the server by the first of these hosts.
        request = raw_http.head("GET", f"https://{HOST}/admin").replace(
            f"Host: {HOST}".encode(), b"Host: evil.example"
        )
        status, headers = raw_http.answer(connect(proxy), request)
        assert (status, headers["location"]) == (301, "/admin/")
        assert get(proxy.url, headers={"Host": "evil.example"}).status_code == 400

    @pytest.mark.parametrize(
        "path", ["/metrics", "/metrics?a", "//metrics", "/%6Detrics", "/admin/../metrics"]
    )
    def test_the_metrics_are_not_public_even_with_the_token(proxy: Nginx, path: str) -> None:
        request = raw_http.head("GET", path, f"Authorization: Bearer {TOKEN}")
        status, headers = raw_http.answer(connect(proxy), request)
        assert (status, headers["content-type"]) == (404, "text/html")

    def test_large_bodies_are_refused_by_the_site_and_larger_ones_by_nginx(proxy: Nginx) -> None:
        post = partial(http.post, f"{proxy.url}/language/", verify=ANY_CERTIFICATE)
        assert post(content=b"x" * 100_000).json() == {"detail": "The request body is too large."}
        larger = post(content=b"x" * 2_000_000)
        assert (larger.status_code, "nginx" in larger.text) == (413, True)

    def test_a_rolling_restart_of_the_supervisor_loses_no_request(
        proxy: Nginx, site: OtherServer
    ) -> None:
        assert get(f"{proxy.url}/health/ready").json() == {"status": "ok"}
        failures: list[str] = []
        answers: list[int] = []
        over = threading.Event()

        def ask() -> None:
            while not over.wait(0.02):
                try:
                    status = get(f"{proxy.url}/health/live").status_code
                except httpx.HTTPError as error:
                    failures.append(repr(error))
                else:
                    answers.append(status)

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        try:
            wait_until(lambda: bool(answers or failures), "the first answer")
            os.kill(site.pid, signal.SIGHUP)
            wait_until(lambda: "All workers are restarted" in site.log, "the restart is complete")
        finally:
            over.set()
            thread.join()
        assert failures == []
        assert set(answers) == {200}

    def test_the_site_at_a_path_of_a_host(
        daphne: Callable[..., DaphneServer], production: dict[str, str], tmp_path: Path
    ) -> None:
        static = tmp_path / "static"
        (static / "landing").mkdir(parents=True)
        (static / "landing" / "only-here.css").write_text("a{}")
        # The fixture waits for a page without TLS.
        given = {**VARIABLES, "SECURE_SSL_REDIRECT": "false", "FORCE_SCRIPT_NAME": "/app"}
        server = daphne(**given)
        nginx = Nginx(tmp_path, server.port, static=static, at_path=True)
        nginx.start()
        try:
            base = f"{nginx.url}/app"
            page = get(f"{base}/", headers=BROWSER)
            assert page.status_code == 200
            assert "Path=/app/;" in page.headers["Set-Cookie"]
            files = set(STATIC.findall(page.text))
            assert files
            for path in files:
                assert path.startswith("/app/static/")
                assert get(nginx.url + path).status_code == 200, "from the site"
            assert get(f"{base}/static/landing/only-here.css").text == "a{}", "from the disk"
            assert get(f"{base}/api/landing/stats/").status_code == 200
            with RawWebSocket(nginx.port, path="/app/ws/landing/", tls=ANY_CERTIFICATE) as tab:
                tab.wait_for(lambda message: message.get("people") == 1)
            assert get(base).headers["Location"].endswith("/app/")
            for path in ("/", "/static/landing/only-here.css", "/ws/landing/", "/metrics"):
                assert get(nginx.url + path).status_code == 404, path
            for path in ("/metrics", "/app/metrics"):
                answer = get(base + path, headers={"Authorization": f"Bearer {TOKEN}"})
                assert answer.status_code == 404, path
        finally:
            nginx.stop()


def get_directly(site: OtherServer, path: str) -> httpx.Response:
    """Return what the site itself answers."""
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": HOST}
    return http.get(site.url + path, headers=forwarded)


def tokens(answer: httpx.Response, name: str) -> set[str]:
    """Return the items of a header, whose order has no meaning."""
    return {item.strip().lower() for item in answer.headers.get(name, "").split(",")}


def connect(proxy: Nginx, source: str = HOST) -> socket.socket:
    """Return a connection with TLS from an address of this machine."""
    plain = socket.create_connection((HOST, proxy.port), timeout=60, source_address=(source, 0))
    return ANY_CERTIFICATE.wrap_socket(plain)


def handshake(proxy: Nginx, *lines: str, source: str = HOST) -> int:
    """Return the status of a WebSocket handshake."""
    return raw_http.handshake(connect(proxy, source), *lines)[0]
