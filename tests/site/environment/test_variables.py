"""Environment variables are parsed strictly, and error messages never contain a secret."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from landing.conf import TextByLanguage
from landing_site.environment.variables import Environment

PASSWORD = "do-not-show-this"
NAME = "VARIABLE"

Read = Callable[[Environment], Any]
BOOLEAN: Read = operator.methodcaller("boolean", NAME, default=False)
WHOLE_NUMBER: Read = operator.methodcaller("whole_number", NAME, 3)
PORT: Read = operator.methodcaller("port", NAME, 25)
HOSTS: Read = operator.methodcaller("hosts", NAME, ["default"])
LEVEL: Read = operator.methodcaller("choice", NAME, ("LOW", "MIDDLE", "HIGH"), "LOW")
FORMAT: Read = operator.methodcaller("choice", NAME, ("text", "json"), "text")
TIME_ZONE: Read = operator.methodcaller("time_zone", NAME, "UTC")
ORIGINS: Read = operator.methodcaller("origins", NAME)
HEADER: Read = operator.methodcaller("header", NAME)
DATABASE: Read = operator.methodcaller("database", NAME, {"NAME": "default"})
REDIS_URL: Read = operator.methodcaller("redis_url", NAME)


def with_prefix(kind: Any) -> Read:
    """Return a reader of all variables that start with ``VARI``, of which one has this type."""
    return lambda env: env.with_prefix("VARI", {NAME: kind}).get(NAME)


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (BOOLEAN, " True ", True),
        (BOOLEAN, "on", True),
        (BOOLEAN, "0", False),
        (WHOLE_NUMBER, "0", 0),
        (WHOLE_NUMBER, "007", 7),
        (HOSTS, "a.example, b.example,,", ["a.example", "b.example"]),
        (HOSTS, "*", ["*"]),
        (HOSTS, ".example.org,127.0.0.1,[::1]", [".example.org", "127.0.0.1", "[::1]"]),
        (HOSTS, "my_service,xn--mller-kva.de,web", ["my_service", "xn--mller-kva.de", "web"]),
        (HOSTS, "[0:0:0:0:0:0:0:1],[2001:DB8::1]", ["[::1]", "[2001:db8::1]"]),
        (LEVEL, "HIGH", "HIGH"),
        (LEVEL, " middle", "MIDDLE"),
        (FORMAT, "Json", "json"),
        (TIME_ZONE, "Asia/Kathmandu", "Asia/Kathmandu"),
        (ORIGINS, "https://a.example,http://b:8000", ["https://a.example", "http://b:8000"]),
        (ORIGINS, "https://*.a.example,http://[::1]", ["https://*.a.example", "http://[::1]"]),
        (PORT, "465", 465),
        (HEADER, "X-Forwarded-Proto", "HTTP_X_FORWARDED_PROTO"),
        (REDIS_URL, "redis://host", "redis://host"),
        (REDIS_URL, "redis://host:6380/1", "redis://host:6380/1"),
        (REDIS_URL, "rediss://:p%40ss@host/", "rediss://:p%40ss@host/"),
        (REDIS_URL, "unix:///run/redis.sock", "unix:///run/redis.sock"),
        (with_prefix(bool), "yes", True),
        (with_prefix(int), "7", 7),
        (with_prefix(float), "0.5", 0.5),
        (with_prefix(str), " a text ", "a text"),
        # UTF-8 in the locale C
        (with_prefix(str), "Gr\udcc3\udcb6\udcc3\udc9fe ✓", "Größe ✓"),
        (with_prefix(tuple[str, ...]), "/a/, /b/", ("/a/", "/b/")),
        (with_prefix(TextByLanguage), " a text ", "a text"),
        (with_prefix(TextByLanguage), '{"en": "a", "de": ""}', {"en": "a", "de": ""}),
    ],
)
def test_a_valid_text_becomes_a_typed_value(read: Read, text: str, expected: Any) -> None:
    assert read(Environment({NAME: text})) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:////srv/site.sqlite3", {"NAME": "/srv/site.sqlite3"}),
        (
            "postgres://ana:p%40ss@db:5433/site?sslmode=require",
            {
                "NAME": "site",
                "USER": "ana",
                "PASSWORD": "p@ss",
                "HOST": "db",
                "PORT": 5433,
                "OPTIONS": {"sslmode": "require"},
            },
        ),
    ],
)
def test_a_database_url_becomes_a_databases_entry(url: str, expected: dict[str, Any]) -> None:
    config = DATABASE(Environment({NAME: url}))
    assert config | expected == config


@pytest.mark.parametrize("variables", [{}, {NAME: ""}, {NAME: "  "}])
@pytest.mark.parametrize(
    ("read", "default"),
    [
        (BOOLEAN, False),
        (WHOLE_NUMBER, 3),
        (HOSTS, ["default"]),
        (TIME_ZONE, "UTC"),
        (ORIGINS, []),
        (HEADER, None),
        (DATABASE, {"NAME": "default"}),
        (REDIS_URL, ""),
        (with_prefix(float), None),
    ],
)
def test_an_empty_variable_counts_as_unset(
    read: Read, default: Any, variables: dict[str, str]
) -> None:
    assert read(Environment(variables)) == default


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (BOOLEAN, "maybe"),
        (BOOLEAN, "2"),
        (WHOLE_NUMBER, "-1"),
        (WHOLE_NUMBER, "1.5"),
        (WHOLE_NUMBER, "²"),
        (WHOLE_NUMBER, "9" * 5000),
        (LEVEL, "1"),
        (LEVEL, "LOW,HIGH"),
        (FORMAT, "json\nx"),
        (TIME_ZONE, "Mars/Olympus"),
        (TIME_ZONE, "../../etc/passwd"),
        (HOSTS, "https://example.com"),
        (HOSTS, "example.com:8000"),
        (HOSTS, "example.com/"),
        (HOSTS, "example.com."),
        (HOSTS, "a.example b.example"),
        (HOSTS, '["example.com"]'),
        (HOSTS, "*.example.com"),
        (HOSTS, "::1"),
        (HOSTS, "müller.de"),
        (HOSTS, "[::1]:8000"),
        (HOSTS, "[:::::]"),
        (HOSTS, "[127.0.0.1]"),
        (ORIGINS, "example.com"),
        (ORIGINS, "https://example.com/path"),
        (ORIGINS, "https://example.com, example.com"),
        (ORIGINS, "https://[::1"),
        (ORIGINS, "https://exam[ple.com"),
        (ORIGINS, "https://exam℀ple.com"),
        (ORIGINS, "https://example.com:https"),
        (ORIGINS, "https://example.com:99999"),
        (ORIGINS, "https://:8000"),
        (PORT, "0"),
        (PORT, "65536"),
        (PORT, "smtp"),
        (HEADER, "X-Forwarded-Proto: https"),
        (DATABASE, f"mysql://user:{PASSWORD}@host/name"),
        (DATABASE, f"postgres://user:{PASSWORD}@host:port/name"),
        (DATABASE, f"postgres://user:{PASSWORD}@host/"),
        (DATABASE, f"postgres://user:{PASSWORD}@[::1/name"),
        (DATABASE, "sqlite://host/name"),
        (DATABASE, "sqlite://"),
        (DATABASE, "sqlite://:memory:"),
        (DATABASE, "db.sqlite3"),
        (REDIS_URL, f"http://:{PASSWORD}@host"),
        (REDIS_URL, f"redis://:{PASSWORD}@host:port/0"),
        (REDIS_URL, f"redis://:{PASSWORD}@host:99999/0"),
        (REDIS_URL, f"redis://:{PASSWORD}@host:0/0"),
        (REDIS_URL, f"redis://:{PASSWORD}@"),
        (REDIS_URL, f"redis://:{PASSWORD}@host/x"),
        (REDIS_URL, f"rediss://:{PASSWORD}@host/0/1"),
        (REDIS_URL, "unix://"),
        (with_prefix(str), "k\udcf6ln"),
        (DATABASE, "sqlite:///k\udcf6ln"),
        (with_prefix(bool), "perhaps"),
        (with_prefix(int), "1.5"),
        (with_prefix(float), "abc"),
        (with_prefix(float), "nan"),
        (with_prefix(float), "1e999"),
        (with_prefix(TextByLanguage), '{"en": 5}'),
        (with_prefix(TextByLanguage), "{en: a}"),
        (with_prefix(TextByLanguage), '{"en":' * 100_000),
    ],
)
def test_an_invalid_text_is_an_error_of_one_line_that_starts_with_the_name(
    read: Read, text: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        read(Environment({NAME: text}))

    line = str(raised.value)
    assert line.startswith(f"{NAME} must ")
    assert line.isprintable()
    assert PASSWORD not in line
    # The parsers' own errors contain the text.
    assert raised.value.__context__ is None


@pytest.mark.parametrize(
    ("read", "expected"),
    [(LEVEL, "must be LOW, MIDDLE, or HIGH"), (FORMAT, "must be text or json")],
)
def test_the_error_of_an_unknown_choice_lists_the_choices(read: Read, expected: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^{NAME} {expected} \\(got 'wrong'\\).$"):
        read(Environment({NAME: "wrong"}))


@pytest.mark.parametrize(
    ("name", "hint"),
    [("LANDING_LINGER_SECOND", "Did you mean LANDING_LINGER_SECONDS?"), ("LANDING_X", "See docs/")],
)
def test_an_unknown_variable_with_the_prefix_is_an_error(name: str, hint: str) -> None:
    types = {"LANDING_LINGER_SECONDS": float}

    with pytest.raises(ImproperlyConfigured, match=f"^{name} is not a setting. ") as raised:
        Environment({name: "1", "PATH": "/bin"}).with_prefix("LANDING_", types)

    assert hint in str(raised.value)
