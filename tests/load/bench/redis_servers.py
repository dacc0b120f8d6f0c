"""Redis for the measured servers. It runs on the client's core, because it is not measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.services.redis import RedisServer


@contextmanager
def running() -> Iterator[RedisServer]:
    """Run an empty Redis. As a child of the harness, it runs on the harness's core."""
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.close()
