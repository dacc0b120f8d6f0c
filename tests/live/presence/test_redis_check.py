"""The line that an operator gets at start-up if Redis cannot serve presence."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from landing.live.presence.redis import scripts
from landing.live.presence.redis.check import check_redis
from tests.live.presence.redis_harness import create_user
from tests.services.ports import free_port
from tests.services.redis import RedisServer


def test_a_working_redis_passes_and_keeps_no_key(redis_server: RedisServer) -> None:
    assert check_redis(redis_server.url) is None
    with redis_server.client() as client:
        assert client.keys() == []


def test_an_unreachable_redis_passes() -> None:
    assert check_redis(f"redis://127.0.0.1:{free_port()}/0") is None


@pytest.mark.parametrize(
    "url", ["http://localhost", "redis://:secret@localhost:port/0", "redis://localhost?secret=1"]
)
def test_a_malformed_url_is_not_repeated_in_the_line(url: str) -> None:
    line = check_redis(url)
    assert line == "REDIS_URL: must be a Redis URL such as redis://user:password@host:6379/0"


@pytest.mark.parametrize("user", ["", "unknown"])
def test_a_wrong_password_is_reported(redis_server: RedisServer, user: str) -> None:
    line = check_redis(redis_server.url.replace("//", f"//{user}:secret@"))
    assert line == "REDIS_URL: Redis rejects the user or password of REDIS_URL."


def test_a_missing_password_is_reported() -> None:
    server = RedisServer("--requirepass", "secret")
    server.start()
    line = check_redis(server.url)
    server.close()
    assert line == "REDIS_URL: Redis rejects the user or password of REDIS_URL."


def test_an_unknown_database_is_reported(redis_server: RedisServer) -> None:
    line = check_redis(redis_server.url.removesuffix("/0") + "/9999")
    assert line is not None and "DB index" in line


@pytest.mark.parametrize(
    ("rules", "word"),
    [
        ("~* +@all -eval -evalsha", "evalsha"),
        ("~* +@all -spop", "SPOP"),
        ("~other:* +@all", "keys"),
    ],
)
def test_a_missing_permission_is_reported(redis_server: RedisServer, rules: str, word: str) -> None:
    with redis_server.client() as client:
        line = check_redis(create_user(client, rules))
        assert line is not None and word in line and "secret" not in line
        assert len(line.splitlines()) == 1
        assert client.keys() == []


def test_a_user_limited_to_the_prefix_passes(
    redis_server: RedisServer,
) -> None:
    with redis_server.client() as client:
        assert check_redis(create_user(client, "~{landing}:* +@all -@dangerous")) is None


def test_a_key_of_a_wrong_type_is_reported(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.set("{landing}:meta", "something else")
    line = check_redis(redis_server.url)
    assert line is not None and "{landing}:meta holds a string, not a hash" in line


def test_the_check_tries_every_command_of_the_scripts() -> None:
    folder = files("landing.live.presence.redis") / "lua"
    names = [each.name.removesuffix(".lua") for each in folder.iterdir() if ".lua" in each.name]
    used = re.compile(r"redis\.call\('(\w+)'")
    commands = {command for name in names for command in used.findall(scripts.read(name))}
    tried = set(re.findall(r"\{'(\w+)'", scripts.read("check")))
    assert len(commands) > 20
    assert commands == tried
