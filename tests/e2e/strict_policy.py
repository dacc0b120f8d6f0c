"""The site behind a proxy that sends the policy of a cookie, ``policy``, with every response."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote

from landing_site.asgi import application as site


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Add the header to the responses of the site."""
    policy = _policy_of(scope)

    async def send_with_policy(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = [*message["headers"], (b"content-security-policy", policy)]
            message = {**message, "headers": headers}
        await send(message)

    await site(scope, receive, send_with_policy if scope["type"] == "http" else send)


def _policy_of(scope: Any) -> bytes:
    cookies = SimpleCookie(dict(scope["headers"]).get(b"cookie", b"").decode())
    return unquote(cookies["policy"].value).encode() if "policy" in cookies else b""
