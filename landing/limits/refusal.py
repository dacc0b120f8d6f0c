"""The response to a request that a limit refuses before Django receives it."""

from __future__ import annotations

import json
from http import HTTPStatus

#: Names and values of headers.
Headers = list[tuple[bytes, bytes]]

_DETAILS = {
    HTTPStatus.NOT_FOUND: "No WebSocket has this address.",
    HTTPStatus.REQUEST_TIMEOUT: "The request took too long to arrive.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request body is too large.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests from your network.",
}


def refusal(
    status: HTTPStatus, *, method: str, accept: str, retry_after_seconds: int = 0
) -> tuple[Headers, bytes]:
    """Return the headers and the body of a response with this status.

    The body is JSON with a ``detail``, like every error of the API. A browser that loads a page
    gets no body, because its own error page is in the visitor's language. ``accept`` is the
    header of the request; browsers name HTML in it for pages only.
    """
    body = b""
    headers: Headers = []
    if method != "HEAD" and "text/html" not in accept.lower():
        detail = _DETAILS[status]
        if retry_after_seconds:
            detail += f" Retry after {retry_after_seconds} s."
        body = json.dumps({"detail": detail}).encode()
        headers.append((b"content-type", b"application/json"))
    headers.append((b"content-length", b"%d" % len(body)))
    if retry_after_seconds:
        headers.append((b"retry-after", b"%d" % retry_after_seconds))
    return headers, body
