"""The processes that hold the simulated workers, and calls to them."""

from __future__ import annotations

import asyncio
import inspect
import signal
from collections.abc import MutableSequence, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from multiprocessing.sharedctypes import RawArray
from typing import TYPE_CHECKING, Any, Self

import django

from landing_site.startup import process_tuning

if TYPE_CHECKING:
    from tests.load.simulate.host import Host


class Hosts:
    """Some processes with a :class:`Host` each. They end with this one."""

    def __init__(self, processes: int) -> None:
        context = get_context("spawn")
        lowest = RawArray("q", processes)
        self._pipes: list[Pipe] = []
        self._processes = []
        for number in range(processes):
            ours, theirs = context.Pipe()
            child = context.Process(target=serve, args=(theirs, number, lowest), daemon=True)
            child.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(child)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes:
            pipe.close()
        for child in self._processes:
            child.join()

    def __len__(self) -> int:
        return len(self._pipes)

    def call(self, name: str, *arguments: Any) -> list[Any]:
        """Call a method of each host with the same arguments. Return the results."""
        return self.call_each(name, [arguments] * len(self))

    def call_each(self, name: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Call a method of each host with its own arguments. Return the results."""
        for pipe, each in zip(self._pipes, arguments, strict=True):
            pipe.send((name, each))
        return [pipe.recv() for pipe in self._pipes]

    def shares(self, total: int) -> list[int]:
        """Split a number evenly over the hosts."""
        return [total // len(self) + (n < total % len(self)) for n in range(len(self))]


def serve(pipe: Pipe, number: int, lowest: MutableSequence[int]) -> None:
    """Run a host until the other end of the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    process_tuning.tune()
    django.setup()
    # Imported late, because it needs the site's settings.
    from tests.load.simulate.host import Host

    asyncio.run(_serve(pipe, Host(number, lowest)))


async def _serve(pipe: Pipe, host: Host) -> None:
    readable = asyncio.Event()
    asyncio.get_running_loop().add_reader(pipe.fileno(), readable.set)
    try:
        while True:
            await readable.wait()
            readable.clear()
            while pipe.poll():
                name, arguments = pipe.recv()
                result = getattr(host, name)(*arguments)
                pipe.send(await result if inspect.isawaitable(result) else result)
    except EOFError:
        await host.close()
