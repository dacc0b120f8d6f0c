"""All processes that a program starts end with it, whatever ends the program."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from tests.services.ports import wait_until
from tests.services.site import ROOT

#: A program with three children. One handles signals, one ignores them, one is paused. A shell may
#: have started the tests in the background, where SIGQUIT is ignored.
PROGRAM = """
import signal, sys, time
from tests.services import children
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
children.end_on_signals(follows_any_parent=True)
sleep = "import signal, time; signal.signal(signal.SIGTERM, {}); time.sleep(600)"
for handler in ("signal.SIG_DFL", "signal.SIG_IGN", "signal.SIG_DFL"):
    child = children.start([sys.executable, "-c", sleep.format(handler)])
child.send_signal(signal.SIGSTOP)
print("started", flush=True)
try:
    time.sleep(600)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
#: The children, and the reaper.
STARTED = 4
INTERRUPTS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a program, and return when it has started its children."""
    programs: list[subprocess.Popen[str]] = []
    started: list[psutil.Process] = []

    def launch(command: Sequence[str | Path]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        programs.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "started"
        started.extend(family(process.pid))
        return process

    yield launch
    for each in started:
        if each.is_running():
            each.kill()
    for program in programs:
        program.wait()
        assert program.stdout is not None
        program.stdout.close()


def family(pid: int) -> list[psutil.Process]:
    """Return a process and all of its descendants."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def wait_for_the_end(processes: Sequence[psutil.Process]) -> None:
    def has_ended(process: psutil.Process) -> bool:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE

    wait_until(lambda: all(map(has_ended, processes)), f"all of {processes} have ended")


def make(directory: Path, recipe: str) -> list[str | Path]:
    """Return the command of a make that runs the program like ``make demo``."""
    makefile = directory / "Makefile"
    makefile.write_text(f"run:\n\t@{recipe}\n")
    return ["make", "-s", "-f", makefile]


@pytest.fixture
def program(tmp_path: Path) -> list[str]:
    path = tmp_path / "program.py"
    path.write_text(f"import sys; sys.path.insert(0, '.')\n{PROGRAM}")
    return [sys.executable, str(path)]


@pytest.mark.parametrize("number", [*INTERRUPTS, signal.SIGKILL, signal.SIGQUIT])
def test_a_signal_to_the_program_ends_all_of_its_processes(
    start: Start, program: list[str], number: signal.Signals
) -> None:
    process = start(program)
    processes = family(process.pid)
    assert len(processes) == 1 + STARTED

    process.send_signal(number)

    wait_for_the_end(processes)
    assert process.communicate()[0] == ("interrupted\n" if number in INTERRUPTS else "")


@pytest.mark.parametrize("number", [*INTERRUPTS, signal.SIGKILL])
def test_a_signal_to_make_ends_all_processes(
    start: Start, program: list[str], tmp_path: Path, number: signal.Signals
) -> None:
    process = start(make(tmp_path, " ".join(program)))
    processes = family(process.pid)
    assert len(processes) == 2 + STARTED

    process.send_signal(number)

    wait_for_the_end(processes)
    assert process.communicate()[0].startswith("interrupted\n")


def test_the_end_of_a_shell_ends_all_processes(start: Start, program: list[str]) -> None:
    process = start(["sh", "-c", f"{' '.join(program)}; true"])
    processes = family(process.pid)
    process.kill()
    wait_for_the_end(processes)


def test_a_program_in_the_background_is_interrupted_as_well(
    start: Start, program: list[str]
) -> None:
    """A shell without job control has its background processes ignore SIGINT."""
    process = start(["sh", "-c", f"{' '.join(program)} & wait"])
    processes = family(process.pid)
    processes[1].send_signal(signal.SIGINT)
    wait_for_the_end(processes)


def test_a_program_under_nohup_outlives_its_parent(start: Start, program: list[str]) -> None:
    process = start(["sh", "-c", f"nohup {' '.join(program)} 2>&1; true"])
    shell, running, *others = family(process.pid)
    shell.send_signal(signal.SIGHUP)
    wait_for_the_end([shell])
    running.send_signal(signal.SIGHUP)
    # Without a thread that watches the parent.
    assert running.num_threads() == 1
    assert running.is_running()
    running.send_signal(signal.SIGTERM)
    wait_for_the_end([running, *others])
