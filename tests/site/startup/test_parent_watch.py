"""``make run``: the development server ends with the process that started it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.services.ports import HOST, free_port, wait_until
from tests.services.site import ROOT, environment, with_own_database
from tests.services.test_children import family, make, wait_for_the_end


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def processes(
    production: dict[str, str], tmp_path: Path, port: int
) -> Iterator[list[psutil.Process]]:
    """Start the server like ``make run``: make, the reloader, and the server itself."""
    command = make(tmp_path, f"{sys.executable} manage.py runserver {HOST}:{port}")
    with (tmp_path / "log").open("wb") as log:
        started = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment({**with_own_database(production, tmp_path), "DEBUG": "true"}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    wait_until(lambda: listens(port), "the server listens")
    processes = family(started.pid)
    yield processes
    for process in processes:
        if process.is_running():
            process.kill()
    started.wait()


#: To make, SIGHUP is the same as SIGINT: neither is passed on.
SIGNALS = [
    *(("make", number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)),
    *(("reloader", number) for number in (signal.SIGTERM, signal.SIGINT)),
    *(("reloader", number) for number in (signal.SIGHUP, signal.SIGKILL)),
]


@pytest.mark.parametrize(("receiver", "number"), SIGNALS)
def test_a_signal_to_one_process_ends_all_and_frees_the_port(
    processes: list[psutil.Process], port: int, receiver: str, number: signal.Signals
) -> None:
    assert len(processes) == 3
    processes[("make", "reloader").index(receiver)].send_signal(number)
    wait_for_the_end(processes)
    wait_until(lambda: not listens(port), "the port is free")


def test_a_server_that_make_did_not_start_outlives_its_shell(
    production: dict[str, str], tmp_path: Path, port: int
) -> None:
    serve = f"{sys.executable} manage.py runserver --noreload {HOST}:{port}"
    # The shell prints the id of its background process, and ends.
    shell = subprocess.run(
        ["sh", "-c", f"{serve} > /dev/null 2>&1 & echo $!"],
        cwd=ROOT,
        env=environment({**with_own_database(production, tmp_path), "DEBUG": "true"}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    server = psutil.Process(int(shell.stdout))
    try:
        wait_until(lambda: listens(port), "the server listens")
        assert server.ppid() != os.getpid()
    finally:
        server.kill()
    wait_for_the_end([server])


@pytest.mark.parametrize("hangup", [signal.SIG_DFL, signal.SIG_IGN], ids=["", "nohup"])
def test_a_worker_whose_supervisor_has_ended_before_ends_at_once(hangup: int) -> None:
    """No process has the id -1."""
    code = (
        "import signal, time\n"
        "from landing_site.startup import parent_watch\n"
        f"signal.signal(signal.SIGHUP, signal.Handlers({int(hangup)}))\n"
        "parent_watch.follow(-1)\n"
        "time.sleep(600)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=300)
    assert done.returncode == -signal.SIGTERM
