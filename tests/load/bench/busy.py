"""Measure the load of the client's core and the server's core."""

from __future__ import annotations

import time

from tests.load.bench.servers import Server


class Watch:
    """Measures from its creation until :meth:`stop`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._began = time.perf_counter()
        self._server_seconds = server.cpu_seconds()
        self._client_seconds = time.process_time()

    def stop(self) -> tuple[float, float]:
        """Return the load of the client's core and of the server's core, each from 0 to 1."""
        seconds = time.perf_counter() - self._began
        client = time.process_time() - self._client_seconds
        server = self._server.cpu_seconds() - self._server_seconds
        return client / seconds, server / seconds
