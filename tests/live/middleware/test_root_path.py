"""Every scope has the root path once, whatever the server and the proxy did to the path."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from landing.live.middleware.root_path import ROUTES, RootPath


async def mounted(path: str, root_path: str | None, type: str = "http") -> tuple[str, str]:
    """Return root path and path as the application sees them."""
    seen: list[tuple[str, str]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope.get("root_path", ""), scope["path"]))

    scope = {"type": type, "path": path, "headers": []}
    if root_path is not None:
        scope["root_path"] = root_path
    await RootPath(application, ROUTES)(scope, None, None)
    return seen[0]


@pytest.mark.parametrize("root_path", [None, "", "/"])
@pytest.mark.parametrize("path", ["/", "/api/landing/stats/", "/nowhere"])
async def test_without_a_root_path_a_path_is_unchanged(root_path: str | None, path: str) -> None:
    assert await mounted(path, root_path) == ("", path)


@pytest.mark.parametrize("root_path", ["/app", "/app/", "/a/b", "/ä", "/ws", "/api"])
@pytest.mark.parametrize(
    "path", ["/", "/api/landing/stats/", "/api/landing/stats", "/admin/login/", "/static/a.js"]
)
@pytest.mark.parametrize("times", [0, 1, 2])
async def test_a_page_is_found_whether_the_proxy_and_the_server_keep_the_root_path(
    root_path: str, path: str, times: int
) -> None:
    bare = root_path.rstrip("/")
    assert await mounted(bare * times + path, root_path) == (bare, bare + path)


@pytest.mark.parametrize(
    ("given", "root_path"),
    [("/app/", "/app"), ("/app//", "/app"), ("/m%C3%BCller", "/müller"), ("/a%20b%2Fc/", "")]
    + [("/m%C3%BCller/x/", "/müller/x"), ("/%E6%97%A5", "/日"), ("/%2e%2e", "")],
)
@pytest.mark.parametrize("type", ["http", "websocket"])
async def test_a_server_may_put_the_root_path_as_it_is_given_in_front_of_the_path(
    given: str, root_path: str, type: str
) -> None:
    """Uvicorn adds ``--root-path`` with its last slash, and encoded."""
    path = "/ws/landing/" if type == "websocket" else "/api/landing/stats/"
    if root_path:
        assert await mounted(given + path, given, type) == (root_path, root_path + path)
        assert await mounted(given + root_path + path, given, type) == (root_path, root_path + path)
    assert await mounted(path, given, type) == (root_path, root_path + path)


@pytest.mark.parametrize("root_path", ["/app", "/ws", "/ws/landing", "/a/b"])
@pytest.mark.parametrize("times", [0, 1, 2])
async def test_a_socket_is_found_whether_the_proxy_and_the_server_keep_the_root_path(
    root_path: str, times: int
) -> None:
    path = "/ws/landing/"
    assert await mounted(root_path * times + path, root_path, "websocket") == (
        root_path,
        root_path + path,
    )


@pytest.mark.parametrize("path", ["/apple/", "/other/ws/landing/", "/nowhere"])
async def test_a_path_outside_gets_the_root_path_too(path: str) -> None:
    """So Channels finds a route, which refuses it, instead of raising."""
    assert await mounted(path, "/app", "websocket") == ("/app", "/app" + path)


async def test_the_root_path_alone_is_not_a_page_of_its_own() -> None:
    """Django redirects to the path with a slash."""
    assert await mounted("/app", "/app") == ("/app", "/app")


async def test_the_setting_wins_over_the_server(settings: Settings) -> None:
    settings.FORCE_SCRIPT_NAME = "/site"
    assert await mounted("/", "/app") == ("/site", "/site/")
    assert await mounted("/site/ws/landing/", None, "websocket") == ("/site", "/site/ws/landing/")


@pytest.mark.parametrize(
    "root_path",
    ["//evil.example", "https://evil.example", "/a//b", '/"><script>', "/a b", "/..", "/a/../b"]
    + ["\\evil", "app", "/a?b", "/a\nb", "/./a"],
)
async def test_a_root_path_that_would_lead_links_elsewhere_is_ignored(root_path: str) -> None:
    assert await mounted("/", root_path) == ("", "/")


async def test_a_lifespan_has_no_path() -> None:
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    await RootPath(application, ROUTES)({"type": "lifespan"}, None, None)
    assert seen == [{"type": "lifespan"}]


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("http://example.org/health/live", "/health/live"),
        ("HTTPS://[::1]:8000/api/landing/stats/", "/api/landing/stats/"),
        ("http://example.org", "/"),
        ("http://example.org//a", "//a"),
        ("*", "*"),
        ("example.org:443", "example.org:443"),
    ],
)
async def test_a_target_in_absolute_form_is_its_path(target: str, path: str) -> None:
    assert await mounted(target, None) == ("", path)
    if path.startswith("/") and "//" not in path:
        assert await mounted(target, "/app") == ("/app", "/app" + path)
