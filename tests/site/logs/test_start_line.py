"""The line of a worker that starts shows its configuration, without credentials."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connections
from django.test import override_settings

from landing import conf
from landing_site import version
from landing_site.environment import derived_settings
from landing_site.environment.database_url import parse_database_url
from landing_site.environment.redis_url import parse_redis_url
from landing_site.logs import start_line

PASSWORD = "do-not-show-this"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["/srv/venv/bin/daphne", "-b", "::", "site:app"], "daphne"),
        (["/srv/venv/lib/daphne/__main__.py", "site:app"], "daphne"),
        (["/srv/venv/bin/uvicorn"], "uvicorn"),
        (["manage.py", "runserver", "--noreload"], "runserver"),
        (["./manage.py"], "manage"),
        (["-c"], "-c"),
    ],
)
def test_the_server_is_the_program_that_was_started(arguments: list[str], name: str) -> None:
    assert start_line.name_server(arguments) == name


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("sqlite:////srv/site.sqlite3", "sqlite /srv/site.sqlite3"),
        (f"postgres://me:{PASSWORD}@db.example:5433/site", "postgresql db.example:5433/site"),
        (f"postgres://me:{PASSWORD}@db.example/site?sslmode=require", "postgresql db.example/site"),
        (f"postgres://me:{PASSWORD}@[::1]:5432/site", "postgresql [::1]:5432/site"),
        ("postgres://%2Frun%2Fpostgresql/site", "postgresql /run/postgresql/site"),
    ],
)
def test_a_database_is_shown_without_credentials(url: str, location: str) -> None:
    # Django fills in the keys that a URL lacks.
    config = {"HOST": "", "PORT": "", **derived_settings.build_database(parse_database_url(url))}
    assert start_line.locate_database(config) == location


def test_the_database_of_the_settings_can_be_shown() -> None:
    config = connections[DEFAULT_DB_ALIAS].settings_dict
    assert start_line.locate_database(config).endswith(str(config["NAME"]))


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("", ""),
        ("redis://redis.example", "redis://redis.example"),
        (f"rediss://me:{PASSWORD}@redis.example:6380/2", "rediss://redis.example:6380/2"),
        (f"redis://:{PASSWORD}@[::1]:6379/0?socket_timeout=2", "redis://[::1]:6379/0"),
        (f"redis://h?username=me&password={PASSWORD}&db=3", "redis://h?db=3"),
        (f"unix://me:{PASSWORD}@/run/redis.sock?db=1", "unix:///run/redis.sock?db=1"),
    ],
)
def test_redis_is_shown_without_credentials(url: str, location: str) -> None:
    assert start_line.locate_redis(url and parse_redis_url(url)) == location


def test_only_settings_that_differ_are_shown_and_secrets_only_as_set() -> None:
    current = conf.LandingSettings(
        LANDING_LINGER_SECONDS=2.5,
        LANDING_METRICS_TOKEN=PASSWORD,
        LANDING_SUMMARY_RECIPIENTS=("ana@example.com",),
        LANDING_IGNORED_PATHS=("/a/", "/b/"),
        LANDING_LEASE_SECONDS=15,
        LANDING_PROCESS_TUNING=True,
    )
    assert start_line.find_changed_settings(current) == {
        "LANDING_LINGER_SECONDS": 2.5,
        "LANDING_METRICS_TOKEN": "set",
        "LANDING_SUMMARY_RECIPIENTS": "set",
        "LANDING_IGNORED_PATHS": "/a/,/b/",
    }


def test_the_line_is_written_once_per_process(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "landing_site")
    start_line.write.cache_clear()
    with override_settings(
        REDIS_URL=f"redis://:{PASSWORD}@redis.example", LANDING_METRICS_TOKEN=PASSWORD
    ):
        start_line.write()
        start_line.write()
    start_line.write.cache_clear()
    [record] = caplog.records
    fields: dict[str, Any] = vars(record)
    assert fields["version"] == version.read()
    assert fields["redis"] == "redis://redis.example"
    assert fields["settings"]["LANDING_METRICS_TOKEN"] == "set"
    assert "LANDING_METRICS_TOKEN=set" in record.getMessage()
    assert PASSWORD not in record.getMessage()
