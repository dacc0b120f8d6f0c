"""Raw HTTP requests: valid ones, and mutations of heads and bodies. Pure and reproducible."""

from __future__ import annotations

import random

from tests.load.attack.target import HOST, KEY, agent

PATHS = (
    *("/", "/ws/landing/", "/api/landing/stats/", "/api/landing/history/?hours=24&limit=10"),
    *("/api/landing/activities/?limit=5", "/api/schema/", "/api/docs/", "/admin/", "/admin/login/"),
    *(
        "/language/",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/static/live_user_counter/favicon.svg",
    ),
)
METHODS = ("GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "TRACE", "get", "G T")
#: Texts that parsers treat as special.
ODD = ("", " ", "\t", "\0", "\r", "\n", "%", "%zz", "%00", "%ff", "%2e%2e%2f", "..", "//", "\\")
ODD += ("\x7f", "\x80", "\xff", "ÿ", "'", '"', ";", ",", "=", "&", "?", "#", ":", "@", "[", "]")
ODD += ("-1", "0", "1e9", "9" * 30, "NaN", "null", "true", "{}", "[]", "<x>", "../../etc/passwd")
BODIES = (
    ("application/json", b'{"kind":"signup","text":"joined","actor":"Ana"}'),
    ("application/json", b"[" * 3_000),
    ("application/json", b'{"kind":"\\ud800","text":"\\u0000"}'),
    ("application/x-www-form-urlencoded", b"language=de&next=/"),
    ("application/x-www-form-urlencoded", b"username=a&password=b&csrfmiddlewaretoken=x"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="language"\r\n\r\nde\r\n--x--\r\n',
    ),
    ("multipart/form-data", b"--"),
    ("text/plain; charset=nonsense", b"\xff\xfe"),
)
HEADERS = (
    *("Cookie", "Origin", "Referer", "X-Forwarded-For", "X-Forwarded-Proto", "Accept-Language"),
    *("Accept", "Accept-Encoding", "Authorization", "Idempotency-Key", "Range", "Host", "Expect"),
    *("Daphne-Root-Path", "If-None-Match", "If-Modified-Since", "Sec-GPC", "DNT", "Purpose"),
    *("Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Upgrade"),
    *("Content-Length", "Transfer-Encoding", "Connection", "Content-Type", "X-CSRFToken"),
)
VALUES = (
    *("landing_visitor=x:y", "landing_visitor=; sessionid=x", "csrftoken=x; =; a", "null"),
    *("https://example.com", "http://[", "::1, 10.0.0.1", "unknown, 999.1.1.1", "de;q=2, *;q=x"),
    *("Api-Key x", "Api-Key " + "a" * 8 + "." + "b" * 32, "bytes=5-1", "100-continue", "websocket"),
    *("permessage-deflate; client_max_window_bits=99", "chunked", "keep-alive, Upgrade", "0"),
    *("-1", "5, 6", "1" * 40, "Thu, 01 Jan 1970 00:00:00 GMT", 'W/"', "a" * 9_000, "ü", "1"),
)
MOST_CHANGES = 3


def request(rng: random.Random, port: int) -> bytes:
    """Return the bytes of one connection: mostly one request, sometimes two."""
    data = b"".join(_request(rng, port) for _ in range(rng.choice([1, 1, 1, 2])))
    if rng.random() < 0.1:
        return data[: rng.randrange(len(data))]
    if rng.random() < 0.1:
        at = rng.randrange(len(data))
        return data[:at] + rng.randbytes(rng.randint(1, 8)) + data[at:]
    return data


def _request(rng: random.Random, port: int) -> bytes:
    method, path = rng.choice(METHODS), rng.choice(PATHS)
    headers = [("Host", f"{HOST}:{port}"), ("User-Agent", agent(rng.randrange(50)))]
    if path.startswith("/ws/") or rng.random() < 0.1:
        headers += [("Connection", "Upgrade"), ("Upgrade", "websocket")]
        headers += [("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", KEY)]
    body = b""
    if method in ("POST", "PUT") or rng.random() < 0.1:
        content_type, body = rng.choice(BODIES)
        headers += [("Content-Type", content_type), *_length(rng, body)]
        body = _encoded(rng, body, headers)
    version = rng.choice(["HTTP/1.1"] * 8 + ["HTTP/1.0", "HTTP/2.0", "HTTP/9", ""])
    for _ in range(rng.randint(0, MOST_CHANGES)):
        path = _change(rng, path, headers)
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"{method} {path} {version}\r\n{fields}\r\n".encode("utf-8", "surrogateescape") + body


def _length(rng: random.Random, body: bytes) -> list[tuple[str, str]]:
    if rng.random() < 0.2:
        return [("Transfer-Encoding", "chunked")]
    size = len(body) if rng.random() < 0.8 else rng.choice([0, 1, 10_000, 10**12])
    return [("Content-Length", str(size))]


def _encoded(rng: random.Random, body: bytes, headers: list[tuple[str, str]]) -> bytes:
    """Return the body in chunks if the headers announce them; the sizes may be wrong."""
    if ("Transfer-Encoding", "chunked") not in headers:
        return body
    size = rng.choice([b"%x" % len(body)] * 5 + [b"-1", b"g", b"f" * 20, b"0x5", b"5;a=b", b""])
    return size + b"\r\n" + body + rng.choice([b"\r\n0\r\n\r\n", b"\r\n", b"0\r\nX: y\r\n\r\n"])


def _change(rng: random.Random, path: str, headers: list[tuple[str, str]]) -> str:
    """Change the headers, or return another path."""
    match rng.randrange(5):
        case 0:
            at = rng.randrange(len(path) + 1)
            return path[:at] + rng.choice(ODD) + path[at:]
        case 1:
            return path + rng.choice(["?", "&"]) + "hours=" + rng.choice(ODD) + "&limit=" * 2
        case 2:
            headers.insert(
                rng.randrange(len(headers) + 1), (rng.choice(HEADERS), rng.choice(VALUES))
            )
        case 3:
            name, value = headers.pop(rng.randrange(len(headers)))
            headers.append((name, value + rng.choice(ODD)))
        case _:
            headers.append((rng.choice(HEADERS) + rng.choice(ODD), rng.choice(ODD)))
    return path
