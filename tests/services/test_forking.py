from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.services import children, forking
from tests.services.ports import wait_until
from tests.services.site import ROOT, environment, python

MODULE = "tests.services.self_report"
PATH = "tests/services/self_report.py"
#: Differs from the environment in which the forker starts.
VARIABLES = environment({"DEBUG": "true", "TZ": "Asia/Tokyo"})


@pytest.fixture(scope="module")
def forker() -> Iterator[forking.Forker]:
    forker = forking.Forker(environment({"LANDING_LINGER_SECONDS": "9"}))
    yield forker
    forker.close()


def fork(forker: forking.Forker, log: Path, *arguments: str) -> forking.Fork:
    with log.open("ab") as output:
        return forker.start(["-m", MODULE, *arguments], VARIABLES, output.fileno(), output.fileno())


def real_report(log: Path) -> dict[str, Any]:
    with log.open("ab") as output:
        process = children.start(
            [sys.executable, "-m", MODULE, "0"],
            cwd=ROOT,
            env=VARIABLES,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    assert process.wait(timeout=60) == 0
    return read(log)


def read(log: Path) -> dict[str, Any]:
    report, error = log.read_text().splitlines()
    assert error == "an error line"
    found: dict[str, Any] = json.loads(report)
    return found


def test_a_fork_has_the_arguments_environment_files_and_signals_of_a_new_process(
    forker: forking.Forker, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    assert fork(forker, log, "0").wait(timeout=60) == 0
    forked = read(log)
    log.unlink()
    assert forked == real_report(log)
    assert forked["time zone"][0] == "JST"
    assert forked["files"] == ["/dev/null", str(log), str(log)]


def test_a_fork_leads_a_session_if_it_is_asked_to(forker: forking.Forker, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("ab") as output:
        number = output.fileno()
        arguments = ["-m", MODULE, "0"]
        process = forker.start(arguments, VARIABLES, number, number, new_session=True)
    assert process.wait(timeout=60) == 0
    report = read(log)
    assert report["session"] == report["group"] == process.pid


def test_a_fork_ends_with_its_own_status(forker: forking.Forker, tmp_path: Path) -> None:
    process = fork(forker, tmp_path / "log", "7")
    assert process.wait(timeout=60) == 7
    assert process.poll() == 7
    process.send_signal(signal.SIGTERM)


def test_a_signal_ends_one_fork_and_no_other(forker: forking.Forker, tmp_path: Path) -> None:
    first, second = (fork(forker, tmp_path / name, "wait") for name in ("first", "second"))
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=60) == -signal.SIGTERM
    assert second.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(timeout=0)
    second.send_signal(signal.SIGKILL)
    assert second.wait(timeout=60) == -signal.SIGKILL


def test_an_exception_is_printed_and_is_status_1(forker: forking.Forker, tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert fork(forker, log, "no number").wait(timeout=60) == 1
    assert "ValueError: invalid literal for int()" in log.read_text()


@pytest.mark.parametrize("program", [["-m", MODULE], [PATH]])
def test_the_output_of_a_command_is_the_same_as_without_a_fork(
    program: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    forked = python(*program, "7", DEBUG="true")
    with monkeypatch.context() as patch:
        patch.setattr(forking, "_forker", None)
        real = python(*program, "7", DEBUG="true")
    for done in (forked, real):
        assert done.returncode == 7
        assert done.stderr == "an error line\n"
    assert comparable(forked.stdout) == comparable(real.stdout)


def comparable(report: str) -> dict[str, Any]:
    """Leave out the files. They are pipes without a fork."""
    return json.loads(report) | {"files": None}


@pytest.mark.parametrize(
    ("arguments", "variables"), [(["-c", "pass"], {}), (["manage.py"], {"PYTHONPATH": "/tmp"})]
)
def test_a_process_that_a_fork_cannot_replace_is_a_real_one(
    arguments: list[str], variables: dict[str, str]
) -> None:
    assert forking.find(arguments, variables) is None
    assert forking.find(["manage.py"], {"DEBUG": "true"}) is not None


def test_a_command_that_takes_too_long_is_killed(forker: forking.Forker) -> None:
    with pytest.raises(subprocess.TimeoutExpired) as raised:
        forker.run(["-m", MODULE, "wait"], VARIABLES, 0.5)
    killed = psutil.Process(int(raised.value.cmd))
    wait_until(lambda: killed.status() == psutil.STATUS_ZOMBIE, "the command has ended")


def test_the_end_of_a_forker_ends_its_forks(tmp_path: Path) -> None:
    forker = forking.Forker(environment({}))
    running = psutil.Process(fork(forker, tmp_path / "log", "wait").pid)
    forker.close()
    wait_until(lambda: not running.is_running(), "the fork has ended")


def test_an_interrupted_request_does_not_mix_up_the_next(
    forker: forking.Forker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = fork(forker, tmp_path / "log", "wait")

    def send_and_interrupt(*arguments: Any) -> None:
        send(*arguments)
        raise KeyboardInterrupt

    send = socket.send_fds
    with monkeypatch.context() as patch:
        patch.setattr(socket, "send_fds", send_and_interrupt)
        with pytest.raises(KeyboardInterrupt):
            process.poll()
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=60) == -signal.SIGKILL


def test_a_killed_forker_is_an_error_and_its_forks_run_on(tmp_path: Path) -> None:
    forker = forking.Forker(environment({}))
    process = fork(forker, tmp_path / "log", "wait")
    running = psutil.Process(process.pid)
    running.parent().kill()
    with pytest.raises(RuntimeError, match="has ended"):
        wait_until(lambda: process.poll() is not None, "the next request")
    assert running.is_running()
    running.kill()
    forker.close()


def test_programs_share_a_forker_that_ends_only_their_own_forks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(forking.VARIABLE, raising=False)
    with forking.shared(environment({"LANDING_LINGER_SECONDS": "9"})):
        name = os.environ[forking.VARIABLE]
        first, second = (forking.Forker({}, name) for _ in range(2))
        forks = [fork(each, tmp_path / "log", "wait") for each in (first, second)]
        one, other = (psutil.Process(each.pid) for each in forks)
        shared = one.parent().parent()
        assert shared == other.parent().parent() and one.parent() != other.parent()
        first.close()
        wait_until(lambda: not one.is_running(), "the fork has ended")
        assert forks[1].poll() is None

        log = tmp_path / "report"
        assert fork(second, log, "0").wait(timeout=60) == 0
        forked = read(log)
        log.unlink()
        assert forked == real_report(log)
        second.close()
        wait_until(lambda: not other.is_running(), "the other fork has ended")
    assert forking.VARIABLE not in os.environ
    assert not shared.is_running()
