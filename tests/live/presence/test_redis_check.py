"""What an operator is told at start-up when Redis cannot serve presence."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from landing.live.presence.redis import scripts
from landing.live.presence.redis.check import check_redis
from tests.live.presence.redis_harness import user_who
from tests.services.ports import free_port
from tests.services.redis import RedisServer


def test_nothing_when_all_is_well_and_nothing_is_left_behind(redis_server: RedisServer) -> None:
    assert check_redis(redis_server.url) is None
    with redis_server.client() as client:
        assert client.keys() == []


def test_nothing_when_redis_is_only_away() -> None:
    assert check_redis(f"redis://127.0.0.1:{free_port()}/0") is None


@pytest.mark.parametrize(
    "url", ["http://localhost", "redis://:secret@localhost:port/0", "redis://localhost?secret=1"]
)
def test_a_url_that_cannot_be_understood_is_not_repeated(url: str) -> None:
    line = check_redis(url)
    assert line == "REDIS_URL: must be redis://user:password@host:port/0 or alike"


@pytest.mark.parametrize("user", ["", "somebody"])
def test_a_wrong_password(redis_server: RedisServer, user: str) -> None:
    line = check_redis(redis_server.url.replace("//", f"//{user}:secret@"))
    assert line == "REDIS_URL: Redis refuses the user or password of REDIS_URL."


def test_a_missing_password() -> None:
    server = RedisServer("--requirepass", "secret")
    server.start()
    line = check_redis(server.url)
    server.close()
    assert line == "REDIS_URL: Redis refuses the user or password of REDIS_URL."


def test_a_database_that_redis_does_not_have(redis_server: RedisServer) -> None:
    line = check_redis(redis_server.url.removesuffix("/0") + "/9999")
    assert line is not None and "DB index" in line


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("~* +@all -eval -evalsha", "evalsha"),
        ("~* +@all -spop", "SPOP"),
        ("~other:* +@all", "keys"),
    ],
)
def test_a_user_who_may_not_do_what_is_needed(
    redis_server: RedisServer, rules: str, said: str
) -> None:
    with redis_server.client() as client:
        line = check_redis(user_who(client, rules))
        assert line is not None and said in line and "secret" not in line
        assert len(line.splitlines()) == 1
        assert client.keys() == []


def test_a_user_who_may_touch_our_keys_only_may_do_all_that_is_needed(
    redis_server: RedisServer,
) -> None:
    with redis_server.client() as client:
        assert check_redis(user_who(client, "~{landing}:* +@all -@dangerous")) is None


def test_a_key_of_ours_that_holds_something_else(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.set("{landing}:meta", "something else")
    line = check_redis(redis_server.url)
    assert line is not None and "{landing}:meta holds a string, not a hash" in line


def test_every_command_of_the_scripts_is_tried() -> None:
    folder = files("landing.live.presence.redis") / "lua"
    names = [each.name.removesuffix(".lua") for each in folder.iterdir() if ".lua" in each.name]
    used = re.compile(r"redis\.call\('(\w+)'")
    commands = {command for name in names for command in used.findall(scripts.read(name))}
    tried = set(re.findall(r"\{'(\w+)'", scripts.read("check")))
    assert len(commands) > 20
    assert commands == tried
