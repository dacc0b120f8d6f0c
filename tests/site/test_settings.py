"""The settings module turns each environment variable into its setting."""

from __future__ import annotations

import os
import runpy
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.services.site import ROOT

SETTINGS = ROOT / "landing_site" / "settings.py"


def load_settings(**environment: str) -> dict[str, Any]:
    """Return what the settings module defines in a production environment with these variables."""
    with mock.patch.dict(os.environ, {"SECRET_KEY": "key", **environment}, clear=True):
        return runpy.run_path(str(SETTINGS))


@pytest.mark.parametrize(
    ("environment", "name", "expected"),
    [
        ({}, "DEBUG", False),
        ({"DEBUG": "true"}, "DEBUG", True),
        ({}, "SECRET_KEY", "key"),
        ({"ALLOWED_HOSTS": "a.example, b.example"}, "ALLOWED_HOSTS", ["a.example", "b.example"]),
        (
            {"CSRF_TRUSTED_ORIGINS": "https://a.example"},
            "CSRF_TRUSTED_ORIGINS",
            ["https://a.example"],
        ),
        ({"TIME_ZONE": "Asia/Kathmandu"}, "TIME_ZONE", "Asia/Kathmandu"),
        ({"STATIC_ROOT": "/srv/static"}, "STATIC_ROOT", Path("/srv/static")),
        ({"SECURE_SSL_REDIRECT": "true"}, "SECURE_SSL_REDIRECT", True),
        ({"SECURE_HSTS_SECONDS": "3600"}, "SECURE_HSTS_SECONDS", 3600),
        (
            {"SECURE_PROXY_SSL_HEADER": "X-Forwarded-Proto"},
            "SECURE_PROXY_SSL_HEADER",
            ("HTTP_X_FORWARDED_PROTO", "https"),
        ),
        ({}, "REDIS_URL", ""),
        ({}, "LOG_LEVEL", "INFO"),
        ({"LOG_LEVEL": "warning"}, "LOG_LEVEL", "WARNING"),
        ({}, "LOG_FORMAT", "json"),
        ({"DEBUG": "true"}, "LOG_FORMAT", "text"),
        ({"DEBUG": "true", "LOG_FORMAT": "JSON"}, "LOG_FORMAT", "json"),
    ],
)
def test_a_variable_becomes_the_setting_of_its_name(
    environment: dict[str, str], name: str, expected: Any
) -> None:
    assert load_settings(**environment)[name] == expected


@pytest.mark.parametrize(
    ("environment", "key", "expected"),
    [
        ({"LANDING_LINGER_SECONDS": "0.5"}, "LINGER_SECONDS", 0.5),
        ({"LANDING_IGNORED_PATHS": "/a/, /b/"}, "IGNORED_PATHS", ("/a/", "/b/")),
    ],
)
def test_a_variable_of_the_app_becomes_a_key_of_its_dictionary(
    environment: dict[str, str], key: str, expected: Any
) -> None:
    settings = load_settings(**environment)

    assert settings["LIVE_USER_COUNTER"][key] == expected
    assert not [name for name in settings if name.startswith("LANDING_")]


@pytest.mark.parametrize("debug", ["true", "false"])
def test_cookies_are_secure_except_in_development(debug: str) -> None:
    settings = load_settings(DEBUG=debug)

    for cookie in ("SESSION", "CSRF", "LANGUAGE"):
        assert settings[f"{cookie}_COOKIE_SECURE"] is (debug == "false")


def test_the_default_database_is_a_file_in_the_checkout() -> None:
    database = load_settings()["DATABASES"]["default"]

    assert database["NAME"] == str(ROOT / "db.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_a_database_url_selects_the_database() -> None:
    settings = load_settings(DATABASE_URL="postgres://ana:p%40ss@db:5433/site")

    assert settings["DATABASES"]["default"]["PASSWORD"] == "p@ss"


@pytest.mark.parametrize(
    ("environment", "prefix"), [({}, "landing"), ({"LANDING_REDIS_PREFIX": "shop"}, "shop")]
)
def test_the_channel_layer_uses_the_redis_url_and_the_prefix(
    environment: dict[str, str], prefix: str
) -> None:
    url = "redis://host:6380/1"
    settings = load_settings(REDIS_URL=url, **environment)

    assert settings["REDIS_URL"] == url
    layer = settings["CHANNEL_LAYERS"]["default"]
    assert layer["CONFIG"] == {"hosts": [url], "prefix": prefix}


@pytest.mark.parametrize(
    ("variables", "count"), [({}, 0), ({"LANDING_TRUSTED_PROXY_COUNT": "2"}, 2)]
)
def test_the_api_trusts_as_many_proxies_as_the_app(variables: dict[str, str], count: int) -> None:
    assert load_settings(**variables)["REST_FRAMEWORK"]["NUM_PROXIES"] == count


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "maybe"),
        ("SECRET_KEY", ""),
        ("CSRF_TRUSTED_ORIGINS", "example.com"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("DATABASE_URL", "db.sqlite3"),
        ("REDIS_URL", "host:6379"),
        ("SECURE_SSL_REDIRECT", "2"),
        ("SECURE_HSTS_SECONDS", "-1"),
        ("SECURE_PROXY_SSL_HEADER", "X-Forwarded-Proto: https"),
        ("LANDING_HEARTBEAT_SECONDS", "abc"),
        ("LANDING_MAX_BAD_FRAMES", "1.5"),
        ("LANDING_IGNORE_STAFF", "perhaps"),
        ("LANDING_NO_SUCH_THING", "1"),
    ],
)
def test_an_invalid_variable_is_an_error_that_names_it(name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^{name} "):
        load_settings(**{name: value})


@pytest.mark.parametrize(
    ("text", "root_path"),
    [("/app", "/app"), ("/app/", "/app"), ("/a/b-c.d_e~f", "/a/b-c.d_e~f"), ("/", ""), ("", None)],
)
def test_the_root_path_has_no_last_slash_and_limits_the_cookies(
    text: str, root_path: str | None
) -> None:
    settings = load_settings(FORCE_SCRIPT_NAME=text)

    assert settings["FORCE_SCRIPT_NAME"] == root_path
    for cookie in ("SESSION", "CSRF", "LANGUAGE"):
        assert settings[f"{cookie}_COOKIE_PATH"] == f"{root_path or ''}/"


@pytest.mark.parametrize(
    "text", ["app", "//evil.example", "https://a.example/app", "/a b", "/a?b", "/..", "/a/.", "\\a"]
)
def test_an_invalid_root_path_is_an_error_that_names_it(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^FORCE_SCRIPT_NAME "):
        load_settings(FORCE_SCRIPT_NAME=text)
