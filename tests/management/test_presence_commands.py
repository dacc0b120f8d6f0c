"""The commands that print and delete the presence data of a deployment."""

from __future__ import annotations

import asyncio
import io
import json
import re
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from landing.live.presence import factory
from landing.live.presence.contract import Change, Key, KeyType, Report
from tests.live.presence.simulation import aggregates
from tests.services.ports import free_port
from tests.services.redis import RedisServer
from tests.services.site import python

ANA, BEN = b"ana".ljust(16), b"ben".ljust(16)
HERE = [
    Change(Key(KeyType.VISITOR, ANA), True),
    Change(Key(KeyType.VISITOR, BEN), True),
    Change(Key(KeyType.SIGNED, BEN), True),
    Change(Key(KeyType.USER, b"7"), True),
]


def report(*reports: Report) -> None:
    """Send reports, as a worker does."""

    async def send() -> None:
        presence = factory.from_settings()
        for each in reports:
            await presence.sync(each)
        await presence.close()

    asyncio.run(send())


@pytest.fixture
def shared(redis_server: RedisServer, settings: Settings) -> RedisServer:
    """Return a Redis in which one worker has reported two people, one of them signed in."""
    settings.REDIS_URL = redis_server.url
    report(Report("w1", seq=1, acked=0, changes=HERE, connections=3, aggregates=aggregates(5)))
    with redis_server.client() as client:
        client.hset("{landing}:meta", "settling_until", 0)
    gone = [Change(Key(KeyType.VISITOR, ANA), False)]
    report(Report("w1", seq=2, acked=1, epoch=epoch(), changes=gone, connections=2))
    return redis_server


def epoch() -> str:
    found: str = stats()["epoch"]
    return found


def run(command: str, *options: str) -> str:
    out = io.StringIO()
    call_command(command, *options, stdout=out)
    return out.getvalue()


def stats() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("presence_stats", "--json"))
    return found


def test_stats_as_json(shared: RedisServer) -> None:
    seen = stats()
    age_ms, lease_ms = seen["snapshot"].pop("age_ms"), seen["workers"][0].pop("lease_ms")
    assert 0 <= age_ms < 60_000
    assert 0 < lease_ms <= 15_000
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", seen["snapshot"].pop("as_of"))
    assert seen["snapshot"].pop("version") > 1_700_000_000_000
    assert seen.pop("epoch")
    assert seen == {
        "snapshot": {
            "people": 2,
            "signed_in": 1,
            "anonymous": 1,
            "connections": 2,
            "suspect": 0,
            "active": 5,
        },
        "settling_ms": 0,
        "workers": [{"worker": "w1", "visitors": 1, "signed": 1, "users": 1, "connections": 2}],
        "lingering": {"visitors": 1, "signed": 0, "users": 0},
        "reaping": 0,
    }


def test_stats_as_text(shared: RedisServer) -> None:
    lines = run("presence_stats").splitlines()
    assert lines[:3] == [
        "people       2 (1 signed in, 1 anonymous)",
        "connections  2",
        "active       5",
    ]
    assert re.fullmatch(r"as of        \S+Z, \d+\.\d s ago", lines[3])
    assert lines[4:6] == ["lingering    1 visitors, 0 signed, 0 users", "workers      1"]
    assert re.fullmatch(
        r"  w1  2 connections, 1 visitors, 1 signed, 1 users, lease \d+\.\d s", lines[6]
    )


def test_stats_of_an_empty_redis(redis_server: RedisServer, settings: Settings) -> None:
    settings.REDIS_URL = redis_server.url
    assert run("presence_stats").startswith("people       unknown: no worker has reported yet")
    assert stats()["snapshot"] is None


def test_clearing_deletes_everything_and_prints_the_consequence(shared: RedisServer) -> None:
    output = run("presence_clear", "--no-input")
    assert "Running servers report again" in output
    seen = stats()
    assert (seen["snapshot"], seen["workers"]) == (None, [])
    assert "counting again, ready in" in run("presence_stats")


def test_versions_keep_rising_after_clearing(shared: RedisServer) -> None:
    before = stats()["snapshot"]["version"]
    run("presence_clear", "--no-input")
    with shared.client() as client:
        client.hset("{landing}:meta", "settling_until", 0)
    report(Report("w1", seq=3, acked=2, epoch=epoch(), changes=HERE, begin=True))
    assert stats()["snapshot"]["version"] > before


@pytest.mark.parametrize("reply", ["no", "y", ""])
def test_clearing_is_canceled_without_a_yes(
    shared: RedisServer, monkeypatch: pytest.MonkeyPatch, reply: str
) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: reply)
    with pytest.raises(CommandError, match="not deleted"):
        run("presence_clear")
    assert stats()["workers"] != []


def test_clearing_needs_a_yes(shared: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: "yes")
    assert "the reports of 1 workers" in run("presence_clear")
    assert stats()["workers"] == []


def test_clearing_without_a_terminal_fails(shared: RedisServer) -> None:
    given = {"DEBUG": "true", "REDIS_URL": shared.url}
    done = python("manage.py", "presence_clear", **given)
    assert done.returncode == 1
    assert done.stderr.strip() == "CommandError: No terminal to confirm on. Use --no-input."


@pytest.mark.parametrize("command", ["presence_stats", "presence_clear"])
def test_in_process_presence_is_out_of_reach(command: str, settings: Settings) -> None:
    settings.REDIS_URL = ""
    with pytest.raises(CommandError, match=r"REDIS_URL is not set: .* out of reach") as raised:
        run(command)
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize("command", ["presence_stats", "presence_clear"])
def test_an_unreachable_redis_gives_one_line(command: str, settings: Settings) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    with pytest.raises(CommandError, match=r"^Redis cannot be reached") as raised:
        run(command)
    assert len(str(raised.value).splitlines()) == 1
