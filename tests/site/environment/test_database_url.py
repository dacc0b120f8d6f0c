"""``DATABASE_URL``: each option is checked, and a wrong one is one line without a secret."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from landing_site.environment.variables import Environment

PASSWORD = "do-not-show-this"
POSTGRES = f"postgres://ana:{PASSWORD}@db/site"
SQLITE = "sqlite:////srv/site.sqlite3"


def read(url: str) -> dict[str, Any]:
    return Environment({"DATABASE_URL": url}).database("DATABASE_URL", {})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{SQLITE}?timeout=2.5", {"OPTIONS": {"timeout": 2.5}}),
        (f"{SQLITE}?transaction_mode=DEFERRED", {"OPTIONS": {"transaction_mode": "deferred"}}),
        (f"{POSTGRES}?conn_max_age=60", {"CONN_MAX_AGE": 60}),
        (f"{POSTGRES}?CONN_MAX_AGE=None", {"CONN_MAX_AGE": None}),
        (f"{POSTGRES}?conn_health_checks=false", {"CONN_HEALTH_CHECKS": False}),
        (f"{POSTGRES}?sslmode=Require", {"OPTIONS": {"sslmode": "require"}}),
        (f"{POSTGRES}?isolation_level=serializable", {"OPTIONS": {"isolation_level": 4}}),
        (f"{POSTGRES}?connect_timeout=3", {"OPTIONS": {"connect_timeout": 3}}),
        (f"{POSTGRES}?application_name=a%20b", {"OPTIONS": {"application_name": "a b"}}),
        (f"{POSTGRES}?timeout=&sslmode", {"NAME": "site"}),
        ("postgres://%2Frun%2Fpostgresql/site", {"HOST": "/run/postgresql"}),
        ("postgresql:///site?host=/run/pg", {"OPTIONS": {"host": "/run/pg"}}),
        ("postgres://ana:pw@[::1]:5433/site", {"HOST": "::1", "PORT": 5433}),
        ("postgres://ana:pw@one:1,two:2/site", {"HOST": "one,two", "PORT": "1,2"}),
        ("postgres://ana:p%40s%2Fs@db/site", {"PASSWORD": "p@s/s"}),
        ("POSTGRES://ana:pw@db/site", {"ENGINE": "django.db.backends.postgresql"}),
        (f'"{POSTGRES}"', {"PASSWORD": PASSWORD}),
        (f" '{SQLITE}'\n", {"NAME": "/srv/site.sqlite3"}),
    ],
)
def test_a_valid_url_becomes_typed_settings(url: str, expected: dict[str, Any]) -> None:
    config = read(url)
    assert config | expected == config


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        (f"{SQLITE}?timeout=abc", "a number of seconds in its option timeout"),
        (f"{SQLITE}?timeout=1e300", "timeout"),
        (f"{SQLITE}?transaction_mode=bogus", "deferred, immediate, or exclusive"),
        (f"{SQLITE}?check_same_thread=x", "known options"),
        (f"{SQLITE}%00", "control characters"),
        (f"{POSTGRES}?conn_max_age=abc", "a whole number of seconds, or None,"),
        (f"{POSTGRES}?conn_max_age={'9' * 400}", "conn_max_age"),
        (f"{POSTGRES}?conn_health_checks=maybe", "true or false"),
        (f"{POSTGRES}?sslmode=bogus", "verify-ca, or verify-full in its option sslmode"),
        (f"{POSTGRES}?ssl_mode=require", "did you mean sslmode"),
        (f"{POSTGRES}?connect_timeout=abc", "connect_timeout"),
        (f"{POSTGRES}?isolation_level=strict", "isolation_level"),
        (f"{POSTGRES}?cursor_factory=x", "known options"),
        (f"{POSTGRES}?{PASSWORD}=x", "known options"),
        (f"postgres://ana:12/{PASSWORD}@db/site", "encoded"),
        (f"postgres://ana:12?{PASSWORD}@db/site", "encoded"),
        (f"postgres://ana:{PASSWORD}@db:99999/site", "sqlite:///path"),
        (f"postgresql+psycopg://ana:{PASSWORD}@db/site", "sqlite:///path"),
        (f"postgres://ana:{PASSWORD}\n@db/site", "line breaks"),
        (f"postgres://ana:{PASSWORD}@a..b/site", "sqlite:///path"),
        (f"postgres://ana:{PASSWORD}@{'a' * 64}.example/site", "sqlite:///path"),
        (f"postgres://ana:{PASSWORD}@one,two..b:5433/site", "sqlite:///path"),
        (f"{POSTGRES}?host=a..b", "a host, or several with commas, in its option host"),
        ("sqlite:db.sqlite3", "sqlite:///path"),
        ("sqlite:/srv/db.sqlite3", "sqlite:///path"),
        ("sqlite:./db.sqlite3", "sqlite:///path"),
        ("postgresql:site", "sqlite:///path"),
        (f"postgres:ana:{PASSWORD}@db/site", "sqlite:///path"),
    ],
)
def test_a_wrong_url_is_one_line_without_the_password(url: str, hint: str) -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        read(url)

    line = str(raised.value)
    assert line.startswith("DATABASE_URL must ")
    assert hint in line
    assert line.isprintable()
    assert PASSWORD not in line
    assert raised.value.__context__ is None
