"""Make the collection of all tests cheaper. Each process of a parallel run collects all of them.

In a new checkout, each process would also compile all of them, at the same time. They start at
different modules instead, and find the bytecode that another process has written.
"""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]


def import_from_own_start(config: pytest.Config, is_ignored: Callable[[Path], bool]) -> None:
    """Import all test modules. Each process starts with another one."""
    given: dict[str, str] = getattr(config, "workerinput", {})
    if not given or config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    number, processes = int(given["workerid"].removeprefix("gw")), int(given["workercount"])
    for path in in_order_of(number, processes, sorted(TESTS.rglob("test_*.py"))):
        # An error is reported when pytest imports the module again.
        with suppress(Exception):
            if not is_ignored(path):
                importlib.import_module(module_name(path))


def in_order_of(number: int, processes: int, paths: list[Path]) -> list[Path]:
    """Return the paths in the order of one of the processes."""
    start = len(paths) * number // processes
    return paths[start:] + paths[:start]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(TESTS.parent).with_suffix("").parts)


@contextmanager
def without_garbage() -> Iterator[None]:
    """Collect no garbage, and exempt the objects that are made meanwhile from it forever.

    There are many of them, and hardly any becomes garbage.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()
