"""A server ends with the process that started it, such as ``make run``."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count, repeat
from pathlib import Path
from queue import SimpleQueue

import psutil
import pytest

from landing_site.startup import parent_watch
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


# -- in the process of the tests


class Process:
    """The operating system's view of this process, and the signals that it sends to itself."""

    def __init__(self, parents: Iterator[int]) -> None:
        self.getppid = parents.__next__
        self.signals: SimpleQueue[tuple[int, int]] = SimpleQueue()

    def kill(self, process: int, number: int) -> None:
        self.signals.put((process, number))


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Process]]:
    """``play(parents, hangup)`` gives each check the next parent, without a pause."""
    handler = signal.getsignal(signal.SIGHUP)

    def start(parents: Iterator[int], hangup: signal.Handlers = signal.SIG_DFL) -> Process:
        signal.signal(signal.SIGHUP, hangup)
        process = Process(parents)
        monkeypatch.setattr(os, "getppid", process.getppid)
        monkeypatch.setattr(os, "kill", process.kill)
        return process

    monkeypatch.setattr(parent_watch, "POLL_SECONDS", 0)
    yield start
    signal.signal(signal.SIGHUP, handler)


def test_the_end_of_the_parent_is_noticed_at_the_first_other_parent(
    play: Callable[..., Process],
) -> None:
    # The first answer is for the start. No process has these ids.
    parents = iter([-7, -7, -7, -1])
    process = play(parents)
    parent_watch.follow()
    assert process.signals.get(timeout=60) == (os.getpid(), signal.SIGTERM)
    assert next(parents, None) is None


def test_an_interrupt_of_make_is_noticed_while_make_still_runs(
    play: Callable[..., Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    process = play(repeat(-7))
    # make restores the default of a signal while it handles it.
    masks = iter([3, 3, 3, 1])
    monkeypatch.setattr(parent_watch, "_interrupts_of_make", lambda parent: next(masks))
    parent_watch.follow()
    assert process.signals.get(timeout=60) == (os.getpid(), signal.SIGTERM)
    assert next(masks, None) is None


def test_nohup_keeps_a_process_whose_parent_ends(play: Callable[..., Process]) -> None:
    parents = count()
    play(parents, signal.SIG_IGN)
    parent_watch.follow()
    assert next(parents) == 0, "nobody has asked for the parent"


def test_windows_has_no_parents_to_follow(
    play: Callable[..., Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    parents = count()
    play(parents)
    monkeypatch.setattr(sys, "platform", "win32")
    parent_watch.follow()
    assert next(parents) == 0, "nobody has asked for the parent"


#: Bit 0 is SIGHUP, bit 1 is SIGINT, and bit 16 is SIGCHLD, which does not interrupt make.
@pytest.mark.parametrize(
    ("name", "handled", "interrupts"),
    [
        ("make", "0000000000010003", 0b11),
        ("gmake", "0000000000010002", 0b10),
        ("make", "0000000000010000", 0),
        ("python", "0000000000010003", 0),
    ],
)
def test_only_the_interrupts_of_make_count(name: str, handled: str, interrupts: int) -> None:
    status = f"Name:\t{name}\nUmask:\t0022\nSigIgn:\t0000000000000003\nSigCgt:\t{handled}\n"
    assert parent_watch._parse_interrupts(status) == interrupts


@pytest.mark.parametrize("process", [os.getpid(), -1], ids=["another program", "nobody"])
def test_a_process_that_is_not_make_has_no_interrupts(process: int) -> None:
    assert parent_watch._interrupts_of_make(process) == 0
