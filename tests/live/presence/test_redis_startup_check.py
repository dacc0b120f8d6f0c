"""The line that an operator gets at start-up if Redis cannot serve presence."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from landing.live.presence.redis import scripts
from landing.live.presence.redis.startup_check import check_redis
from landing.live.sync import channel_layer_check
from landing_site.environment.derived_settings import build_channel_layers
from tests.live.presence.answering_server import answering, new_tls_context
from tests.live.presence.redis_harness import create_user
from tests.services.ports import HOST, free_port
from tests.services.redis import RedisServer


@contextmanager
def replica_of(port: int, *options: str) -> Iterator[RedisServer]:
    """Yield a server that replicates another one, reachable or not."""
    server = RedisServer("--replicaof", HOST, str(port), *options)
    server.start()
    try:
        yield server
    finally:
        server.close()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


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


class TestPermissions:
    @pytest.mark.parametrize(
        ("rules", "needed"),
        [
            ("~* +@all -eval -evalsha", "+eval"),
            ("~* +@all -evalsha", "+evalsha"),
            ("~* +@all -eval", "+eval"),
            ("~* +@all -@scripting", "+eval"),
            ("~* +@all -spop", "+spop"),
            ("~* +@all -time -unlink -zmscore", "+time +unlink +zmscore"),
            ("~* +@all -@write", "+hdel +hset"),
            ("~other:* +@all", "~{landing}:*"),
            ("~{landing}:meta +@all", "~{landing}:*"),
            ("+@all", "~{landing}:*"),
        ],
    )
    def test_a_permission_that_presence_needs_is_named_in_one_line(
        self, redis_server: RedisServer, rules: str, needed: str
    ) -> None:
        with redis_server.client() as client:
            line = check_redis(create_user(client, rules))
            assert line is not None and len(line.splitlines()) == 1
            assert needed in line and "secret" not in line
            assert "Permissions in Redis" in line, "the line leads to the documentation"
            assert client.keys() == []

    @pytest.mark.parametrize(
        ("rules", "needed"),
        [
            ("-set", "+set"),
            ("-get", "+get"),
            ("-set -get", "+set +get"),
            ("-pexpire", "+pexpire"),
            ("-info", "+info"),
            ("-@dangerous", "+info"),
        ],
    )
    def test_a_permission_that_presence_can_do_without_is_one_warning(
        self,
        redis_server: RedisServer,
        caplog: pytest.LogCaptureFixture,
        rules: str,
        needed: str,
    ) -> None:
        with redis_server.client() as client:
            assert check_redis(create_user(client, f"~{{landing}}:* +@all {rules}")) is None
            assert client.keys() == []
        (line,) = warnings(caplog)
        assert f"denies the user of REDIS_URL {needed}. Consequence: " in line

    @pytest.mark.parametrize("rules", ["-ping", "-script", "-config", "-client -hello", "-acl"])
    def test_a_permission_that_presence_does_not_use_is_not_missed(
        self, redis_server: RedisServer, caplog: pytest.LogCaptureFixture, rules: str
    ) -> None:
        with redis_server.client() as client:
            assert check_redis(create_user(client, f"~{{landing}}:* +@all {rules}")) is None
        assert warnings(caplog) == []


class TestTemporaryErrors:
    """The server starts, as it does without Redis."""

    def test_a_read_only_replica_is_a_warning(
        self, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        with replica_of(redis_server.port) as replica:
            assert check_redis(replica.url) is None
        (line,) = warnings(caplog)
        assert "REDIS_URL: The server is a read-only replica; presence needs the primary" in line
        assert "6.2" not in line, "the version is right"

    def test_a_replica_without_its_primary_passes(self) -> None:
        with replica_of(free_port(), "--replica-serve-stale-data", "no") as replica:
            assert check_redis(replica.url) is None

    def test_too_few_replicas_are_a_warning(self, caplog: pytest.LogCaptureFixture) -> None:
        server = RedisServer("--min-replicas-to-write", "1")
        server.start()
        assert check_redis(server.url) is None
        server.close()
        (line,) = warnings(caplog)
        assert "too few replicas" in line

    def test_a_full_memory_is_a_warning(self, caplog: pytest.LogCaptureFixture) -> None:
        server = RedisServer("--maxmemory", "1")
        server.start()
        assert check_redis(server.url) is None
        server.close()
        (line,) = warnings(caplog)
        assert "memory is full" in line

    def test_a_cluster_that_is_down_passes(self) -> None:
        server = RedisServer("--cluster-enabled", "yes")
        server.start()
        assert check_redis(server.url) is None
        server.close()

    def test_too_many_clients_pass(self) -> None:
        server = RedisServer()
        server.start()
        with server.client() as client:
            client.config_set("maxclients", 1)
            assert check_redis(server.url) is None
        server.close()

    @pytest.mark.parametrize(
        "error",
        [
            "MISCONF Redis is configured to save RDB snapshots, but it is unable to persist",
            "NOREPLICAS Not enough good replicas to write.",
            "LOADING Redis is loading the dataset in memory",
            "BUSY Redis is busy running a script.",
            "ERR max number of clients reached",
        ],
    )
    @pytest.mark.parametrize("greets", [False, True])
    def test_an_error_to_every_command_or_to_the_connection_passes(
        self, error: str, greets: bool
    ) -> None:
        with answering(f"-{error}\r\n".encode(), greets=greets) as port:
            assert check_redis(f"redis://{HOST}:{port}/0") is None


class TestWrongServers:
    @pytest.mark.parametrize("greets", [False, True])
    def test_protected_mode_is_reported(self, greets: bool) -> None:
        error = b"-DENIED Redis is running in protected mode because ...\r\n"
        with answering(error, greets=greets) as port:
            line = check_redis(f"redis://{HOST}:{port}/0")
        assert line is not None and "protected mode" in line

    @pytest.mark.parametrize(
        "answer",
        [
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"ERROR\r\n",
            b"220 mail.example.com ESMTP\r\n",
            b"+OK\r\n",
            b":1\r\n",
            b"$-1\r\n",
            b"*1\r\n:1\r\n",
        ],
        ids=["http", "ssh", "memcached", "smtp", "text", "number", "nothing", "list"],
    )
    def test_another_protocol_is_reported(self, answer: bytes) -> None:
        with answering(answer) as port:
            line = check_redis(f"redis://{HOST}:{port}/0")
        assert line is not None and line.startswith("REDIS_URL: The server is not Redis")

    def test_a_port_that_expects_tls_is_reported(self, tmp_path: Path) -> None:
        with answering(b"+PONG\r\n", tls=new_tls_context(tmp_path)) as port:
            line = check_redis(f"redis://{HOST}:{port}/0")
            assert line is not None and "must begin with rediss://" in line
            line = check_redis(f"rediss://{HOST}:{port}/0")
            assert line is not None and "certificate of Redis is not valid" in line

    def test_a_redis_without_tls_is_reported(
        self, redis_server: RedisServer, settings: Any
    ) -> None:
        settings.LANDING_REDIS_TIMEOUT_SECONDS = 0.3  # Redis waits for the end of a line
        line = check_redis(redis_server.url.replace("redis://", "rediss://"))
        assert line is not None and "must begin with redis://" in line

    @pytest.mark.parametrize("answer", [b"-ERR Protocol error\r\n", b"HTTP/1.1 400 Bad Request"])
    def test_a_port_that_answers_without_tls_is_reported(self, answer: bytes) -> None:
        with answering(answer) as port:
            line = check_redis(f"rediss://{HOST}:{port}/0")
        assert line is not None and "must begin with redis://" in line

    @pytest.mark.parametrize(
        ("error", "word"),
        [
            ("ERR unknown command 'EVAL'", "6.2"),
            ("ERR DB index is out of range", "database number"),
            ("MOVED 3999 127.0.0.1:6381", "wrong node"),
            ("CROSSSLOT Keys in request don't hash to the same slot", "proxy or cluster"),
        ],
    )
    def test_an_error_that_needs_an_operator_is_reported(self, error: str, word: str) -> None:
        with answering(f"-{error}\r\n".encode()) as port:
            line = check_redis(f"redis://{HOST}:{port}/0")
        assert line is not None and word in line and len(line.splitlines()) == 1


@pytest.mark.parametrize(
    "policy", ["allkeys-random", "allkeys-lru", "volatile-random", "volatile-ttl"]
)
def test_an_eviction_policy_is_one_warning(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture, policy: str
) -> None:
    with redis_server.client() as client:
        client.config_set("maxmemory-policy", policy)
        try:
            assert check_redis(create_user(client, "~* +@all -config")) is None
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    (line,) = warnings(caplog)
    assert f"maxmemory-policy {policy}" in line


def test_a_user_limited_to_the_prefix_passes(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        assert check_redis(create_user(client, "~{landing}:* +@all -@dangerous")) is None


def test_a_key_of_a_wrong_type_passes_because_the_first_report_replaces_it(
    redis_server: RedisServer,
) -> None:
    with redis_server.client() as client:
        client.set("{landing}:meta", "something else")
    assert check_redis(redis_server.url) is None


def test_the_check_tries_every_command_of_the_scripts() -> None:
    folder = files("landing.live.presence.redis") / "lua"
    names = [each.name.removesuffix(".lua") for each in folder.iterdir() if ".lua" in each.name]
    used = re.compile(r"redis\.p?call\('(\w+)'|\{'([A-Z]+)', [A-Z]|, '([A-Z]+)'\}")
    commands = {
        command for name in names for found in used.findall(scripts.read(name)) for command in found
    } - {"", "INFO"}
    tried = set(re.findall(r"\{'(\w+)'", scripts.read("check")))
    assert len(commands) > 20
    assert commands == tried


def test_what_else_uses_redis_is_checked_only_if_redis_answers(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    calls = []

    async def then() -> Any:
        calls.append(1)
        return ValueError("The channel layer does not work")

    assert check_redis(redis_server.url, then) is None
    assert check_redis(f"redis://127.0.0.1:{free_port()}/0", then) is None
    assert len(calls) == 1
    (line,) = warnings(caplog)
    assert line.startswith("The channel layer does not work; ")


def test_the_user_of_the_documentation_has_every_permission(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    docs = Path(settings.BASE_DIR, "docs", "redis.md").read_text()
    (rules,) = re.findall(r"^ACL SETUSER landing on >password (.+)$", docs, re.MULTILINE)
    with redis_server.client() as client:
        url = create_user(client, rules)
    settings.CHANNEL_LAYERS = build_channel_layers(url, "landing")
    assert check_redis(url, channel_layer_check.find_problem) is None
    assert warnings(caplog) == []
