"""``REDIS_URL``: documented spellings work, and anything else is one line without a secret."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from redis.asyncio.connection import SSLConnection, parse_url

from landing_site.environment.variables import Environment

PASSWORD = "do-not-show-this"
TLS = f"rediss://:{PASSWORD}@host:6379/0"


def read(url: str) -> str:
    return Environment({"REDIS_URL": url}).redis_url("REDIS_URL")


@pytest.mark.parametrize(
    ("spelling", "requirement"),
    [
        ("CERT_NONE", ssl.CERT_NONE),
        ("None", ssl.CERT_NONE),
        ("none", ssl.CERT_NONE),
        ("0", ssl.CERT_NONE),
        ("ssl.CERT_NONE", ssl.CERT_NONE),
        ("CERT_OPTIONAL", ssl.CERT_OPTIONAL),
        ("VerifyMode.CERT_NONE", ssl.CERT_NONE),
        ("Required", ssl.CERT_REQUIRED),
        ("", ssl.CERT_REQUIRED),
    ],
)
def test_every_documented_spelling_of_a_certificate_requirement_works(
    spelling: str, requirement: ssl.VerifyMode
) -> None:
    options: dict[str, Any] = {**parse_url(read(f"{TLS}?ssl_cert_reqs={spelling}"))}
    connection = options.pop("connection_class")(**options)

    assert isinstance(connection, SSLConnection)
    assert connection.ssl_context.get().verify_mode == requirement
    assert connection.password == PASSWORD


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("REDIS://host", "redis://host"),
        ("valkey://host:1", "redis://host:1"),
        ("valkeys://host", "rediss://host"),
        ('"redis://host/1"', "redis://host/1"),
        (" 'redis://host/1'\n", "redis://host/1"),
        ("redis://[::1]:6379/0", "redis://[::1]:6379/0"),
        ("redis://user:p%40ss%2Fword@host", "redis://user:p%40ss%2Fword@host"),
        ("unix:///run/redis@1.sock?db=1", "unix:///run/redis@1.sock?db=1"),
        ("redis://host?DB=3&socket_timeout=2.50", "redis://host?db=3&socket_timeout=2.5"),
        ("rediss://host?ssl_min_version=TLSv1.2", "rediss://host?ssl_min_version=771"),
        ("rediss://host?ssl_check_hostname=no", "rediss://host?ssl_check_hostname=False"),
        ("redis://host?", "redis://host"),
    ],
)
def test_a_url_is_normalized_for_redis_py(url: str, expected: str) -> None:
    assert read(url) == expected
    parse_url(expected)


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        (f"{TLS}?ssl_cert_reqs=bogus", "none, optional, or required in its option ssl_cert_reqs"),
        (f"redis://:{PASSWORD}@host?ssl_cert_reqs=none", "must begin with rediss://"),
        (f"{TLS}?retry_on_error=x", "known options"),
        (f"{TLS}?ssl_cert_req=none", "did you mean ssl_cert_reqs"),
        (f"{TLS}?decode_responses=true", "known options"),
        (f"{TLS}?db=abc", "a whole number in its option db"),
        ("redis://host/99999999999", "redis://host:port/0"),
        (f"{TLS}?socket_timeout=-1", "socket_timeout"),
        (f"{TLS}?socket_timeout=1e300", "socket_timeout"),
        (f"{TLS}?socket_keepalive=maybe", "socket_keepalive"),
        (f"{TLS}?max_connections=0", "max_connections"),
        (f"{TLS}?client_name=a%20b", "client_name"),
        (f"{TLS}?protocol=4", "protocol"),
        (f"{TLS}?ssl_min_version=1.1", "ssl_min_version"),
        (f"{TLS}?ssl_ca_certs=/no/such/file.pem", "ssl_ca_certs"),
        (f"{TLS}?ssl_certfile=/no/such/file.pem", "ssl_certfile"),
        (f"{TLS}?ssl_keyfile=/no/such/file.pem", "ssl_keyfile"),
        (f"{TLS}?ssl_ciphers=none-of-them", "ssl_ciphers"),
        (f"redis://:a#{PASSWORD}@host", "encoded"),
        (f"redis://user:12/{PASSWORD}@host/0", "encoded"),
        (f"redis://user:12?{PASSWORD}@host/0", "encoded"),
        (f"redis://user:12?{PASSWORD}=", "known options"),
        (f"redis+sentinel://:{PASSWORD}@host/master", "Sentinel"),
        (f"redis://:{PASSWORD}@one:6379,two:6379/0", "one host"),
        (f"redis://:{PASSWORD}@a..b", "redis://host:port/0"),
        (f"redis://:{PASSWORD}\n@host", "line breaks"),
        (f"redis://:{PASSWORD} @host", "spaces"),
        (f"redis://:{PASSWORD}%00@host", "control characters"),
        (f"'redis://:{PASSWORD}@host", "redis://host:port/0"),
        (f":{PASSWORD}@host:6379", "redis://host:port/0"),
    ],
)
def test_a_wrong_url_is_one_line_without_the_password(url: str, hint: str) -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        read(url)

    line = str(raised.value)
    assert line.startswith("REDIS_URL must ")
    assert hint in line
    assert line.isprintable()
    assert PASSWORD not in line
    assert raised.value.__context__ is None
