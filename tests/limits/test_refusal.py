from __future__ import annotations

import json
from http import HTTPStatus

import pytest

from landing.limits.refusal import refusal

CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "image/avif,image/webp"])
@pytest.mark.parametrize("status", [408, 413, 429])
def test_a_program_gets_a_detail_as_from_the_api(status: int, accept: str) -> None:
    headers, body = refusal(HTTPStatus(status), method="POST", accept=accept)
    assert list(json.loads(body)) == ["detail"]
    assert dict(headers) == {
        b"content-type": b"application/json",
        b"content-length": str(len(body)).encode(),
    }


def test_the_detail_names_the_time_of_the_next_attempt() -> None:
    headers, body = refusal(
        HTTPStatus.TOO_MANY_REQUESTS, method="GET", accept="*/*", retry_after_seconds=3
    )
    assert json.loads(body)["detail"] == "Too many requests from your network. Retry after 3 s."
    assert dict(headers)[b"retry-after"] == b"3"


@pytest.mark.parametrize(
    ("method", "accept"), [("GET", CHROMIUM), ("GET", "TEXT/HTML"), ("HEAD", "*/*")]
)
def test_a_page_of_a_browser_and_a_head_request_get_no_body(method: str, accept: str) -> None:
    headers, body = refusal(
        HTTPStatus.TOO_MANY_REQUESTS, method=method, accept=accept, retry_after_seconds=3
    )
    assert body == b""
    assert headers == [(b"content-length", b"0"), (b"retry-after", b"3")]
