"""How busy the two cores were while something was measured."""

from __future__ import annotations

import time

from tests.load.bench.servers import Server


class Watch:
    """Starts when it is made; the shares are of one core each."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._began = time.perf_counter()
        self._server_seconds = server.cpu_seconds()
        self._client_seconds = time.process_time()

    def stop(self) -> tuple[float, float]:
        """The share of the client's core that the harness took, and the server's of its own."""
        seconds = time.perf_counter() - self._began
        client = time.process_time() - self._client_seconds
        server = self._server.cpu_seconds() - self._server_seconds
        return client / seconds, server / seconds
