"""``python -m tests.load.bench``: the arguments, the table, and 1 where a bound was missed.

2 where this machine cannot measure; 130 after Ctrl-C, with what was measured until then.
"""

from __future__ import annotations

import argparse
import ast
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from tests.load.bench import report, scenarios
from tests.load.bench.circumstances import circumstances
from tests.load.bench.report import Row
from tests.load.bench.servers import CLIENT_CORE, SERVER_CORE
from tests.load.truth import deployment

#: Fewer rounds have no spread worth the name.
ROUNDS = 5
NAMES = [module.name for module in pkgutil.iter_modules(scenarios.__path__)]
#: Above this load of the last minute somebody else takes part in every figure.
MAX_LOAD = 0.5
#: Of the table, where the terminal does not say.
COLUMNS = 170
#: Of one process: a crowd of 10,000 and what else it has open.
MIN_FILES = 10_500
#: As the shell has it for Ctrl-C.
INTERRUPTED = 130


def main() -> int:
    arguments = _arguments()
    if arguments.list:
        return _list()
    if refusal := _too_few_files():
        print(refusal, file=sys.stderr)
        return 2
    _take_the_client_core()
    rows: list[Row] = []
    with _alone(), tempfile.TemporaryDirectory(prefix="bench-") as directory:
        measured_where = circumstances(arguments.rounds)
        deployment.prepare(Path(directory), {})
        interrupted = _play_all(arguments.only or NAMES, arguments.rounds, rows)
    Console(width=None if sys.stdout.isatty() else COLUMNS).print(report.table(rows))
    if arguments.json:
        content = {
            **measured_where,
            "interrupted": interrupted,
            "rows": [row.as_json() for row in rows],
        }
        arguments.json.write_text(json.dumps(content, indent=2) + "\n")
    if interrupted:
        return INTERRUPTED
    return 1 if report.missed(rows) else 0


def _play_all(names: Sequence[str], rounds: int, rows: list[Row]) -> bool:
    """Add the rows of each; whether Ctrl-C came before the last one's end."""
    began = time.monotonic()
    try:
        for name in names:
            rows += play(name, rounds)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return True
    finally:
        print(f"in all {time.monotonic() - began:.0f} s", file=sys.stderr)
    return False


def _too_few_files() -> str:
    """Why it cannot be measured with the files that a process may open; empty: it can."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY or most >= MIN_FILES:
        return ""
    return f"The hard limit of open files is {most}; the benchmarks need {MIN_FILES} (ulimit -Hn)."


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load.bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", help="only these")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--list", action="store_true", help="say what there is")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    return parser.parse_args()


def _take_the_client_core() -> None:
    os.sched_setaffinity(0, {CLIENT_CORE})
    if CLIENT_CORE == SERVER_CORE:
        print("There is one core only: the client takes time from the servers.", file=sys.stderr)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # A collection amid 10,000 sockets would be measured as the server's time.
    gc.disable()


@contextmanager
def _alone() -> Iterator[None]:
    """Wait for a run that is under way: two would measure each other."""
    with Path(tempfile.gettempdir(), "live-user-counter-bench.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another benchmark to end.", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        busy_cores = os.getloadavg()[0]
        if busy_cores > MAX_LOAD:
            print(f"Others use this machine (load {busy_cores:.1f}).", file=sys.stderr)
        yield


def _list() -> int:
    for name in NAMES:
        # Not imported, as that needs the site's settings.
        source = Path(scenarios.__path__[0], f"{name}.py").read_text()
        told = ast.get_docstring(ast.parse(source)) or ""
        print(f"{name:<16}{told.partition(chr(10))[0]}")
    return 0


def play(name: str, rounds: int) -> Sequence[Row]:
    """The rows of one scenario. One that cannot be played is a bound that was missed."""
    # Only now, as these need the site's settings.
    module = importlib.import_module(f"{scenarios.__name__}.{name}")
    print(f"{name} ...", end=" ", file=sys.stderr, flush=True)
    began = time.monotonic()
    try:
        rows: Sequence[Row] = module.run(rounds)
    except Exception as error:  # noqa: BLE001  the other scenarios are still to be played
        reason = f"{type(error).__name__}: {error}"
        print(f"could not be played: {reason}", file=sys.stderr)
        return [Row(name, name, "", failed=reason)]
    finally:
        gc.collect()
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    return rows


if __name__ == "__main__":
    sys.exit(main())
