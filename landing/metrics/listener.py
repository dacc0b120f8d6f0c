"""A listener of its own for the metrics of each worker of a machine.

Workers that share a port answer in turn, so a scraper could not tell them apart. Each worker
also answers ``GET /metrics`` on ``LANDING_METRICS_PORT`` plus its slot, under the rules of
:mod:`.access`. One thread serves one request after the other, so neither a scrape nor its client
takes time from the connections, and a stuck event loop can still be measured.
"""

from __future__ import annotations

import io
import ipaddress
import logging
import socket
import time
from collections.abc import Callable, Iterable
from errno import EADDRINUSE
from http import HTTPStatus
from socketserver import TCPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse

from ..conf import LandingSettings
from ..resilience.outage import Outage
from .views import respond

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

logger = logging.getLogger(__name__)

PATH = "/metrics"
#: How long a client may take to send its request, while the others wait for it.
CLIENT_SECONDS = 2.0
#: Time between two attempts to listen.
RETRY_SECONDS = 1.0
#: Attempts without a line in the log: in a restart, the worker that leaves still has the port.
PATIENT_ATTEMPTS = 60


class MetricsListener:
    """Serves the metrics on ``address`` and ``port`` from a thread; port 0 means not at all."""

    def __init__(
        self, address: str, port: int, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._address = address
        self._port = port
        self._sleep = sleep
        self._thread: Thread | None = None

    @classmethod
    def from_settings(cls, settings: LandingSettings) -> MetricsListener:
        """Build the listener of this worker's slot."""
        first_port = settings.LANDING_METRICS_PORT
        port = first_port + settings.LANDING_WORKER_SLOT if first_port else 0
        return cls(settings.LANDING_METRICS_ADDRESS, port)

    def start(self) -> None:
        """Listen from now on, until the process exits. Idempotent."""
        if self._port and self._thread is None:
            self._thread = Thread(target=self._serve, name="metrics", daemon=True)
            self._thread.start()

    def _serve(self) -> None:
        with self._listen() as server:
            server.serve_forever()

    def _listen(self) -> _Server:
        """Return a listening server; retry while another process has the port."""
        subject = f"Listening for metrics on {self._address} port {self._port}"
        outage = Outage(logger, subject, "Prometheus cannot scrape this process")
        attempts = 0
        while True:
            attempts += 1
            try:
                server = _Server(self._address, self._port)
            except OSError as error:
                if error.errno != EADDRINUSE or attempts > PATIENT_ATTEMPTS:
                    outage.record_failure(error)
                self._sleep(RETRY_SECONDS)
            else:
                outage.record_success()
                return server


class _Handler(WSGIRequestHandler):
    """Handles one request; neither logs it nor waits long for its client."""

    timeout = CLIENT_SECONDS

    def setup(self) -> None:
        """Limit the total time of the request; by itself, each read may take ``timeout``."""
        super().setup()
        self.rfile.close()
        self.rfile = io.BufferedReader(_DeadlineReader(self.connection, self.timeout))

    def address_string(self) -> str:
        return str(self.client_address[0])

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log nothing: a scraper sends a request every few seconds."""


class _DeadlineReader(io.RawIOBase):
    """Reads from a client until a total deadline, then raises :exc:`TimeoutError`."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self._ends_at = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        left_seconds = self._ends_at - time.monotonic()
        if left_seconds <= 0:
            raise TimeoutError
        self._connection.settimeout(left_seconds)
        return self._connection.recv_into(buffer)


class _Server(WSGIServer):
    """Answers one request after the other."""

    def __init__(self, address: str, port: int) -> None:
        is_ipv6 = ipaddress.ip_address(address).version == 6
        self.address_family = socket.AF_INET6 if is_ipv6 else socket.AF_INET
        super().__init__((address, port), _Handler)
        self.set_app(application)

    def server_bind(self) -> None:
        """Bind without looking up the name of the host, which may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log a broken connection for developers only."""
        logger.debug("A request for metrics failed", exc_info=True)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer a request by the rules of :mod:`.access`. A WSGI application."""
    response = _respond(WSGIRequest(environ))
    status = f"{response.status_code} {response.reason_phrase}"
    # The header "Server" would name Python and its version.
    start_response(status, [*response.items(), ("Server", "")])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else response.content]


def _respond(request: WSGIRequest) -> HttpResponse:
    # ``request.path`` would begin with FORCE_SCRIPT_NAME.
    if request.path_info != PATH:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD"})
    return respond(request)
