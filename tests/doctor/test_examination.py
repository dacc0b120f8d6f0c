"""The whole examination, with the settings of a deployment and servers in every state."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.db import connections

from landing.doctor.examination import examine
from landing.doctor.finding import Finding, Status
from landing.live.presence import factory
from landing.live.presence.contract import Report
from landing_site.environment.derived_settings import build_channel_layers
from tests.live.presence.answering_server import answering
from tests.live.presence.redis_harness import create_user
from tests.live.presence.test_factory import FilePresence
from tests.services.ports import HOST, free_port
from tests.services.redis import RedisServer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keep_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the connection of the test open: a probe closes that of its thread."""
    monkeypatch.setattr(type(connections["default"]), "close", lambda self: None)


@pytest.fixture
def use(settings: Any) -> Any:
    """Return a function that lets the deployment use this Redis."""

    def use(url: str) -> None:
        settings.REDIS_URL = url
        settings.CHANNEL_LAYERS = build_channel_layers(url, "landing")

    settings.LANDING_REDIS_TIMEOUT_SECONDS = 2.0
    return use


def complaints() -> dict[str, Finding]:
    return {
        each.check: each
        for each in examine(100_000).findings
        if each.status is not Status.OK and not each.check.startswith("landing.")
    }


def report() -> None:
    """Report as a worker, so that Redis has an epoch."""

    async def send() -> None:
        async with factory.closing(factory.from_settings()) as presence:
            await presence.sync(Report("worker-1", seq=1, acked=0))

    asyncio.run(send())


def test_an_examination_reads_everything_and_leaves_no_trace(
    redis_server: RedisServer, use: Any
) -> None:
    use(redis_server.url)
    report()
    with redis_server.client() as client:
        client.hset("{landing}:meta", "settling_until", 0)
        before = {key: client.dump(key) for key in client.keys()}
        examination = examine(100_000)
        assert {key: client.dump(key) for key in client.keys()} == before
    checks = [each.check for each in examination.findings]
    assert checks[-1] == "channel-layer"
    assert {"database", "version", "clock", "permissions", "workers", "recount", "keys"} <= {
        *checks
    }
    assert examination.cost.commands > 20
    found = {each.check for each in examination.findings if each.status is not Status.OK}
    assert found - {"members"} == {check for check in found if check.startswith("landing.")}


def test_an_absent_redis_is_one_problem(use: Any) -> None:
    use(f"redis://{HOST}:{free_port()}/0")
    found = complaints()
    assert set(found) == {"redis"}
    assert found["redis"].sentence.startswith("Redis cannot be reached")
    assert found["redis"].remedy.startswith("Start Redis")


def test_a_wrong_password_is_named_without_it(redis_server: RedisServer, use: Any) -> None:
    use(redis_server.url.replace("//", "//somebody:secret@"))
    found = complaints()
    assert found["redis"].sentence == "Redis rejects the user or password of REDIS_URL."
    assert "secret" not in str(found)


def test_a_replica_is_a_problem_and_its_data_is_examined(
    redis_server: RedisServer, use: Any
) -> None:
    use(redis_server.url)
    report()
    with redis_server.client() as client:
        client.hset("{landing}:meta", "connections", 7)
    with redis_server.as_replica():
        found = complaints()
    assert {"role", "connections"} <= set(found)
    assert "REPLICAOF NO ONE" in found["role"].remedy


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ("MISCONF Redis is configured to save RDB snapshots", "cannot save to disk"),
        ("LOADING Redis is loading the dataset in memory", "is loading its data"),
        ("BUSY Redis is busy running a script.", "blocks Redis"),
    ],
)
def test_a_redis_that_refuses_everything_is_one_problem(use: Any, error: str, text: str) -> None:
    with answering(f"-{error}\r\n".encode()) as port:
        use(f"redis://{HOST}:{port}/0")
        found = complaints()
    assert set(found) == {"redis"}
    assert text in found["redis"].sentence
    assert "Redis errors" in found["redis"].remedy


def test_a_redis_that_cannot_save_is_a_problem(redis_server: RedisServer, use: Any) -> None:
    use(redis_server.url)
    report()
    with redis_server.unable_to_save():
        found = complaints()
    assert "cannot save to disk" in found["redis"].sentence
    assert "Free disk space" in found["persistence"].remedy


def test_a_redis_that_refuses_writes_is_a_problem(redis_server: RedisServer, use: Any) -> None:
    use(redis_server.url)
    report()
    with redis_server.client() as client:
        client.config_set("maxmemory", 1)
        try:
            found = complaints()
        finally:
            client.config_set("maxmemory", 0)
    assert "memory is full" in found["redis"].sentence
    assert "Raise maxmemory" in found["memory"].remedy


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--rename-command", "EVAL", ""), "Redis lacks a command"),
        (("--cluster-enabled", "yes"), "The Redis cluster is down"),
    ],
)
def test_a_server_on_which_no_script_runs_is_one_problem(
    use: Any, options: tuple[str, ...], text: str
) -> None:
    server = RedisServer(*options)
    server.start()
    use(server.url)
    found = complaints()
    server.close()
    assert set(found) == {"redis"}
    assert text in found["redis"].sentence


def test_a_malformed_url_is_a_problem_without_its_password(settings: Any) -> None:
    settings.REDIS_URL = "redis://:secret@localhost:port/0"
    found = complaints()
    assert found["redis"].sentence.startswith("REDIS_URL: must be a Redis URL such as")
    assert "secret" not in str(found)


def test_a_backend_that_cannot_be_imported_is_a_finding_about_the_settings(settings: Any) -> None:
    settings.LANDING_PRESENCE_BACKEND = "missing.Presence"
    findings = examine(100_000).findings
    assert "landing.E035" in {each.check for each in findings}


@pytest.mark.parametrize(
    ("rules", "check", "text"),
    [
        ("-eval -evalsha", "permissions", "+eval"),
        ("-spop -time", "permissions", "+spop +time"),
        ("-set", "permissions", "+set. Consequence: a visitor without a cookie"),
        ("-info", "permissions", "+info"),
        ("-scan", "keys", "'scan' command"),
        ("-hscan", "recount", "'hscan' command"),
        ("resetchannels", "channel-layer", "&landing*"),
    ],
)
def test_a_missing_permission_is_named(
    redis_server: RedisServer, use: Any, rules: str, check: str, text: str
) -> None:
    use(redis_server.url)
    report()
    with redis_server.client() as client:
        use(create_user(client, f"~{{landing}}:* allchannels +@all {rules}"))
    found = complaints()
    assert text in found[check].sentence
    assert "Permissions in Redis" in found[check].remedy


def test_in_memory_presence_is_out_of_sight(settings: Any) -> None:
    settings.REDIS_URL = ""
    settings.LANDING_HEARTBEAT_SECONDS = 0.001
    examination = examine(100_000)
    found = {each.check: each for each in examination.findings}
    assert "no command can see it from outside" in found["backend"].sentence
    assert found["split"].status is Status.OK
    assert "role" not in found
    assert examination.cost.commands == 0


def test_another_shared_backend_is_a_warning(settings: Any) -> None:
    settings.LANDING_PRESENCE_BACKEND = f"{FilePresence.__module__}.FilePresence"
    assert "which this command cannot examine" in complaints()["backend"].sentence
