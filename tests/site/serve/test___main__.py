"""The options of ``python -m landing_site.serve``, and its exit, without workers."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from landing_site.serve import __main__ as command
from landing_site.startup import parent_watch


class FakeSupervisor:
    """A supervisor whose workers have ended already."""

    has_failed = False
    built: tuple[Path, dict[str, Any]]

    def __init__(self, directory: Path, **options: Any) -> None:
        assert directory.is_dir()
        type(self).built = (directory, options)

    def start(self) -> Any:
        return SimpleNamespace(result=lambda: None)


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> type[FakeSupervisor]:
    """Run the command with a supervisor that ends at once, and leave the logs of the tests."""

    class Supervisor(FakeSupervisor):
        pass

    monkeypatch.setattr(command, "Supervisor", Supervisor)
    monkeypatch.setattr(command, "configure_logging", lambda *configuration: None)
    monkeypatch.setattr(command, "find_port_problem", lambda host, port: None)
    monkeypatch.setattr(logging.getLogger("circus"), "level", logging.NOTSET)
    monkeypatch.setattr(parent_watch, "follow", lambda: pytest.fail("the command follows nobody"))
    monkeypatch.delenv("MAKELEVEL", raising=False)
    monkeypatch.setattr(sys, "argv", ["serve", "--workers", "3", "--port", "80", "--pause", "0.5"])
    monkeypatch.setattr(settings, "REDIS_URL", "redis://localhost")
    return Supervisor


def run() -> object:
    """Return the exit status, or the message."""
    with pytest.raises(SystemExit) as ended:
        command.main()
    return ended.value.code


@pytest.mark.parametrize("has_failed", [False, True])
def test_the_supervisor_gets_the_options_and_decides_the_status(
    supervisor: type[FakeSupervisor], caplog: pytest.LogCaptureFixture, has_failed: bool
) -> None:
    supervisor.has_failed = has_failed
    with caplog.at_level(logging.INFO, "landing_site"):
        assert run() == int(has_failed)
    directory, options = supervisor.built
    assert (options["workers"], options["host"], options["port"]) == (3, "127.0.0.1", 80)
    assert (options["pace"].pause_seconds, options["pace"].ready_seconds) == (0.5, 60.0)
    assert not directory.exists(), "the sockets are deleted"
    assert "starts 3 workers" in caplog.text
    assert "REDIS_URL" not in caplog.text


@pytest.mark.parametrize(("workers", "warnings"), [("1", 0), ("2", 1)])
def test_several_workers_without_redis_are_warned_about(
    supervisor: type[FakeSupervisor],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    workers: str,
    warnings: int,
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", "")
    monkeypatch.setattr(sys, "argv", ["serve", "--workers", workers])
    assert run() == 0
    assert caplog.text.count("each of the workers counts only its own visitors") == warnings


def test_only_under_make_the_command_ends_with_its_parent(
    supervisor: type[FakeSupervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[bool] = []
    monkeypatch.setattr(parent_watch, "follow", lambda: followed.append(True))
    monkeypatch.setenv("MAKELEVEL", "1")
    assert run() == 0
    assert followed == [True]


def test_a_port_that_cannot_be_used_ends_the_command_before_its_workers(
    supervisor: type[FakeSupervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "find_port_problem", lambda host, port: f"{host}:{port} is taken")
    assert run() == "127.0.0.1:80 is taken"
    assert not hasattr(supervisor, "built")


def test_a_supervisor_that_cannot_start_is_one_line(
    supervisor: type[FakeSupervisor],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(self: FakeSupervisor) -> None:
        raise OSError("AF_UNIX path too long")

    monkeypatch.setattr(supervisor, "start", refuse)
    assert run() == 1
    assert "The supervisor cannot start: AF_UNIX path too long" in caplog.text


def test_without_options_two_workers_serve_this_machine() -> None:
    assert command.parse([]) == argparse.Namespace(
        workers=2, host="127.0.0.1", port=8000, pause=5.0, ready_timeout=60.0
    )


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--workers", "0", "must be a whole number from 1 to 64"),
        ("--workers", "65", "must be a whole number from 1 to 64"),
        ("--workers", "two", "must be a whole number from 1 to 64"),
        ("--port", "65536", "must be a whole number from 1 to 65535"),
        ("--pause", "-1", "must be a number from 0 to 3600"),
        ("--pause", "nan", "must be a number from 0 to 3600"),
        ("--ready-timeout", "soon", "must be a number from 0 to 3600"),
    ],
)
def test_a_wrong_option_is_named(
    capsys: pytest.CaptureFixture[str], option: str, value: str, complaint: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.parse([f"{option}={value}"])
    assert ended.value.code == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert f"argument {option}: {complaint}: {value!r}" in last


@pytest.mark.parametrize(
    ("option", "value"), [("--workers", "64"), ("--port", "65535"), ("--pause", "3600")]
)
def test_the_largest_values_are_accepted(option: str, value: str) -> None:
    options = vars(command.parse([f"{option}={value}"]))
    assert options[option.removeprefix("--")] == float(value)
