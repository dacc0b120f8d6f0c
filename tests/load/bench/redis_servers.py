"""Redis for the servers that are measured; on the client's core, as it is not what is measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.services.redis import RedisServer


@contextmanager
def running() -> Iterator[RedisServer]:
    """One that is empty. A child of the harness, and so on the harness's core."""
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.close()
