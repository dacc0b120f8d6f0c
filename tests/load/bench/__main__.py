"""Run the benchmarks and print the table: ``python -m tests.load.bench``.

The exit status is 1 if a bound was missed, and 2 if this machine cannot run the benchmarks. After
Ctrl-C it is 130, and the table has the finished scenarios.
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
from tests.services import children

#: Fewer rounds give no meaningful spread.
ROUNDS = 5
NAMES = [module.name for module in pkgutil.iter_modules(scenarios.__path__)]
#: Above this load average, other programs distort every figure.
MAX_LOAD = 0.5
#: Width of the table if the output is not a terminal.
COLUMNS = 170
#: Open files of one process: a crowd of 10,000 and a reserve.
MIN_FILES = 10_500
#: The exit status that shells use for Ctrl-C.
INTERRUPTED = 130


def main() -> int:
    """Run the chosen scenarios, print the table, and return the exit status."""
    arguments = _arguments()
    if arguments.list:
        return _list()
    if refusal := _too_few_files():
        print(refusal, file=sys.stderr)
        return 2
    children.end_on_signals()
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
    """Append the rows of each scenario. Return whether Ctrl-C interrupted the run."""
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
    """Return why the limit of open files is too low, or an empty string if it is not."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY or most >= MIN_FILES:
        return ""
    return f"The hard limit of open files is {most}; the benchmarks need {MIN_FILES} (ulimit -Hn)."


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load.bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", help="run only these")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--list", action="store_true", help="list the scenarios")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    return parser.parse_args()


def _take_the_client_core() -> None:
    os.sched_setaffinity(0, {CLIENT_CORE})
    if CLIENT_CORE == SERVER_CORE:
        print(
            "Only one core is available: the client and the servers compete for it.",
            file=sys.stderr,
        )
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # A garbage collection with 10,000 sockets would count as the server's time.
    gc.disable()


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other benchmark runs. Two would measure each other."""
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
    width = max(map(len, NAMES)) + 2
    for name in NAMES:
        # Parsed instead of imported, because an import needs the site's settings.
        source = Path(scenarios.__path__[0], f"{name}.py").read_text()
        summary = ast.get_docstring(ast.parse(source)) or ""
        print(f"{name:<{width}}{summary.partition(chr(10))[0]}")
    return 0


def play(name: str, rounds: int) -> Sequence[Row]:
    """Run one scenario and return its rows. An exception counts as a missed bound."""
    # Imported late, because scenarios need the site's settings.
    module = importlib.import_module(f"{scenarios.__name__}.{name}")
    print(f"{name} ...", end=" ", file=sys.stderr, flush=True)
    began = time.monotonic()
    try:
        rows: Sequence[Row] = module.run(rounds)
    except Exception as error:  # noqa: BLE001  the other scenarios must still run
        reason = f"{type(error).__name__}: {error}"
        print(f"could not be played: {reason}", file=sys.stderr)
        return [Row(name, name, "", failed=reason)]
    finally:
        gc.collect()
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    return rows


if __name__ == "__main__":
    sys.exit(main())
