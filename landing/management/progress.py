"""Progress bars of commands, on a terminal and with the package ``rich`` only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, TypeVar

from django.core.management.base import OutputWrapper

T = TypeVar("T")


class Progress:
    """Draws nothing. The methods are those of ``rich.progress.Progress`` that commands use."""

    def add_task(self, description: str, total: float | None = None) -> Any:
        return 0

    def advance(self, task: Any, amount: float = 1) -> None:
        """Draw nothing."""

    def track(self, items: Iterable[T], description: str = "") -> Iterable[T]:
        return items


def is_drawn(out: OutputWrapper) -> bool:
    """Return whether the bars of a command with this output are visible."""
    return out.isatty() and find_spec("rich") is not None


@contextmanager
def open_progress(out: OutputWrapper) -> Iterator[Progress]:
    """Return the bars of a command, which end with the block."""
    if not is_drawn(out):
        yield Progress()
        return
    from rich import console, progress

    with progress.Progress(console=console.Console(file=out)) as bars:  # type: ignore[arg-type]
        yield bars  # type: ignore[misc]
