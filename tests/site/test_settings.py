"""What an operator got wrong is refused in one line, by every entry to the site."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.services.ports import HOST, free_port
from tests.services.redis import RedisServer
from tests.services.site import DaphneServer, python

PASSWORD = "do-not-show-this"


def start_daphne(**given: str) -> subprocess.CompletedProcess[str]:
    port = str(free_port())
    return python("-m", "daphne", "-b", HOST, "-p", port, "landing_site.asgi:application", **given)


def check(**given: str) -> subprocess.CompletedProcess[str]:
    return python("manage.py", "check", **given)


def start_runserver(**given: str) -> subprocess.CompletedProcess[str]:
    return python("manage.py", "runserver", f"{HOST}:{free_port()}", **given)


def migrate(**given: str) -> subprocess.CompletedProcess[str]:
    return python("manage.py", "migrate", **given)


def assert_refused(done: subprocess.CompletedProcess[str], name: str) -> str:
    """It ended with status 1 and one line that names the variable; that line."""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert name in lines[0]
    assert PASSWORD not in done.stdout + done.stderr
    assert done.returncode == 1
    return lines[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "maybe"),
        ("CSRF_TRUSTED_ORIGINS", "example.com"),
        ("CSRF_TRUSTED_ORIGINS", "https://example.com/path"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("TIME_ZONE", "../../etc/passwd"),
        ("DATABASE_URL", f"mysql://user:{PASSWORD}@host/name"),
        ("DATABASE_URL", f"postgres://user:{PASSWORD}@host:port/name"),
        ("DATABASE_URL", f"postgres://user:{PASSWORD}@host/"),
        ("DATABASE_URL", "sqlite://host/name"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite://:memory:"),
        ("DATABASE_URL", "db.sqlite3"),
        ("REDIS_URL", f"http://:{PASSWORD}@host"),
        ("REDIS_URL", f"redis://:{PASSWORD}@host:port/0"),
        ("REDIS_URL", f"redis://:{PASSWORD}@host:99999/0"),
        ("REDIS_URL", f"redis://:{PASSWORD}@"),
        ("REDIS_URL", f"redis://:{PASSWORD}@host/x"),
        ("REDIS_URL", f"rediss://:{PASSWORD}@host/0/1"),
        ("REDIS_URL", "unix://"),
        ("SECURE_SSL_REDIRECT", "2"),
        ("SECURE_HSTS_SECONDS", "-1"),
        ("SECURE_PROXY_SSL_HEADER", "X-Forwarded-Proto: https"),
        ("LANDING_HEARTBEAT_SECONDS", "abc"),
        ("LANDING_HEARTBEAT_SECONDS", "nan"),
        ("LANDING_HEARTBEAT_SECONDS", "1e999"),
        ("LANDING_MAX_BAD_FRAMES", "1.5"),
        ("LANDING_MAX_BAD_FRAMES", "²"),
        ("LANDING_IGNORE_STAFF", "perhaps"),
        ("LANDING_NO_SUCH_THING", "1"),
    ],
)
def test_an_odd_value_is_refused_in_one_line_that_names_the_variable(name: str, value: str) -> None:
    assert_refused(check(**{name: value}), name)


@pytest.mark.parametrize("start", [check, migrate, start_runserver, start_daphne])
def test_every_entry_refuses_alike(
    start: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    assert_refused(start(DEBUG="maybe", SECRET_KEY="key"), "DEBUG")


def test_a_misspelt_tunable_is_answered_with_the_right_name() -> None:
    line = assert_refused(check(LANDING_LINGER_SECOND="5"), "LANDING_LINGER_SECOND")
    assert "LANDING_LINGER_SECONDS" in line


def test_an_empty_variable_counts_as_unset() -> None:
    done = check(DEBUG="", SECRET_KEY="", DATABASE_URL="", LANDING_LINGER_SECONDS="")
    assert done.returncode == 0, done.stderr


def test_commands_read_a_file_and_the_environment_wins_over_it(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_text("# a comment\nDEBUG=maybe\nSECRET_KEY='from the file'\n")
    assert_refused(check(ENV_FILE=str(file)), "DEBUG")
    assert check(ENV_FILE=str(file), DEBUG="false").returncode == 0


def test_daphne_needs_a_secret_key() -> None:
    assert_refused(start_daphne(), "SECRET_KEY")


def test_daphne_refuses_the_development_key_without_debug() -> None:
    key = "django-insecure-for-development-only-never-in-production"
    assert check(DEBUG="true", SECRET_KEY=key).returncode == 0
    assert_refused(start_daphne(SECRET_KEY=key), "SECRET_KEY")


def test_commands_need_no_variable_at_all() -> None:
    done = check()
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("start", [migrate, start_runserver, start_daphne])
@pytest.mark.parametrize(
    "url",
    [
        f"postgres://user:{PASSWORD}@{HOST}:1/name",
        f"postgres://user:{PASSWORD}@{HOST}:1/name?no_such_option=1",
        "sqlite:////no/such/directory/db.sqlite3",
    ],
)
def test_a_database_that_cannot_be_reached_is_one_line(
    start: Callable[..., subprocess.CompletedProcess[str]], url: str
) -> None:
    done = start(DEBUG="true", SECRET_KEY="key", DATABASE_URL=url)
    assert_refused(done, "DATABASE_URL")


def test_a_fault_of_ours_keeps_its_traceback(tmp_path: Path) -> None:
    """Not every database error is an unreachable database."""
    done = python(
        *("manage.py", "createsuperuser", "--noinput", "--username=ana", "--email=a@example.com"),
        DATABASE_URL=f"sqlite:///{tmp_path / 'not-migrated.sqlite3'}",
    )
    assert "no such table" in done.stderr
    assert "Traceback" in done.stderr


def test_daphne_stops_at_a_failed_system_check() -> None:
    done = start_daphne(DEBUG="true", SECRET_KEY="key", LANDING_LEASE_SECONDS="6")
    assert "landing.E101" in assert_refused(done, "LANDING_LEASE_SECONDS")


def test_daphne_stops_in_production_until_static_files_are_collected(tmp_path: Path) -> None:
    done = start_daphne(SECRET_KEY="key", STATIC_ROOT=str(tmp_path))
    assert "collectstatic" in assert_refused(done, "landing.E201")


@pytest.mark.parametrize("start", [start_runserver, start_daphne])
@pytest.mark.parametrize(
    "options", [("--requirepass", "another"), ("--rename-command", "EVALSHA", "")]
)
def test_a_redis_that_refuses_is_one_line(
    start: Callable[..., subprocess.CompletedProcess[str]], options: tuple[str, ...]
) -> None:
    redis = RedisServer(*options)
    try:
        redis.start()
        url = redis.url.replace("://", f"://:{PASSWORD}@") if "another" in options else redis.url
        assert_refused(start(DEBUG="true", SECRET_KEY="key", REDIS_URL=url), "REDIS_URL")
    finally:
        redis.close()


def test_a_redis_that_is_away_is_waited_for_while_serving(
    daphne: Callable[..., DaphneServer],
) -> None:
    """The fixture returns when the page answers."""
    server = daphne(REDIS_URL=f"redis://{HOST}:1/0")
    assert server.stop() == 0


def setting(name: str, **given: str) -> str:
    """The setting as production sees it, printed."""
    code = f"from django.conf import settings; print(settings.{name})"
    given = {"SECRET_KEY": "key", "DJANGO_SETTINGS_MODULE": "landing_site.settings", **given}
    done = python("-c", code, **given)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("given", "name", "expected"),
    [
        ({"LANDING_LINGER_SECONDS": "0.5"}, "LANDING_LINGER_SECONDS", "0.5"),
        ({"LANDING_MAX_BAD_FRAMES": "7"}, "LANDING_MAX_BAD_FRAMES", "7"),
        ({"LANDING_IGNORE_STAFF": "on"}, "LANDING_IGNORE_STAFF", "True"),
        ({"LANDING_IGNORED_PATHS": "/a/, /b/"}, "LANDING_IGNORED_PATHS", "('/a/', '/b/')"),
        ({"LANDING_REDIS_PREFIX": "shop"}, "LANDING_REDIS_PREFIX", "shop"),
        ({}, "DEBUG", "False"),
        ({}, "SESSION_COOKIE_SECURE", "True"),
        ({"DEBUG": "true"}, "SESSION_COOKIE_SECURE", "False"),
        ({"TIME_ZONE": "Asia/Kathmandu"}, "TIME_ZONE", "Asia/Kathmandu"),
        ({"ALLOWED_HOSTS": "a.example, b.example"}, "ALLOWED_HOSTS", "['a.example', 'b.example']"),
        (
            {"SECURE_PROXY_SSL_HEADER": "X-Forwarded-Proto"},
            "SECURE_PROXY_SSL_HEADER",
            "('HTTP_X_FORWARDED_PROTO', 'https')",
        ),
        ({}, 'CHANNEL_LAYERS["default"]["BACKEND"]', "channels.layers.InMemoryChannelLayer"),
        (
            {"REDIS_URL": "redis://host:6380/1"},
            'CHANNEL_LAYERS["default"]["CONFIG"]["hosts"]',
            "['redis://host:6380/1']",
        ),
        (
            {"REDIS_URL": "redis://host", "LANDING_REDIS_PREFIX": "shop"},
            'CHANNEL_LAYERS["default"]["CONFIG"]["prefix"]',
            "shop",
        ),
        (
            {"DATABASE_URL": "postgres://ana:p%40ss@db:5433/site"},
            'DATABASES["default"]["PASSWORD"]',
            "p@ss",
        ),
        ({"LANDING_TRUSTED_PROXY_COUNT": "2"}, 'REST_FRAMEWORK["NUM_PROXIES"]', "2"),
    ],
)
def test_a_variable_becomes_the_setting(given: dict[str, str], name: str, expected: str) -> None:
    assert setting(name, **given) == expected
