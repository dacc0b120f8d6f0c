"""``python -m tests.load.bench``: the arguments, the table, and 1 where a bound was missed."""

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


def main() -> int:
    arguments = _arguments()
    if arguments.list:
        return _list()
    _take_the_client_core()
    with _alone(), tempfile.TemporaryDirectory(prefix="bench-") as directory:
        measured_where = circumstances(arguments.rounds)
        deployment.prepare(Path(directory), {})
        rows = [row for name in arguments.only or NAMES for row in play(name, arguments.rounds)]
    Console(width=None if sys.stdout.isatty() else COLUMNS).print(report.table(rows))
    if arguments.json:
        content = {**measured_where, "rows": [row.as_json() for row in rows]}
        arguments.json.write_text(json.dumps(content, indent=2) + "\n")
    return 1 if report.missed(rows) else 0


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
    except (RuntimeError, TimeoutError, OSError) as error:
        print(f"could not be played: {error}", file=sys.stderr)
        return [Row(name, name, "", failed=str(error))]
    finally:
        gc.collect()
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    return rows


if __name__ == "__main__":
    sys.exit(main())
