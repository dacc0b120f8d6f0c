"""Forks Python programs from a process that has imported their libraries.

:mod:`tests.services.forking` runs this program and sends it requests. It must not import anything
that reads a setting or an environment variable, opens a socket, or starts a thread or a loop: a
fork must run like a process of its own.

Two things differ from real processes. All forks share the hash seed, so that sets of texts have the
same order in each, and they find :data:`LIBRARIES` in ``sys.modules`` already. A mistake that
depends on either shows only in real processes. The servers with several workers in
``tests/e2e/test_servers.py`` and ``tests/site/serve`` are real ones.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import time
from typing import Any

#: Imports of the site that read no setting.
LIBRARIES = (
    "asyncio",
    "autobahn.twisted.websocket",
    "babel.core",
    "channels.generic.websocket",
    "channels.routing",
    "channels_redis.core",
    "channels_redis.pubsub",
    "concurrent.futures.thread",
    "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.x509",
    "daphne.http_protocol",
    "daphne.ws_protocol",
    "django.contrib.postgres.fields",
    "django.core.checks",
    "django.core.handlers.asgi",
    "django.core.management",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.loader",
    "django.db.models",
    "django.forms",
    "django.test",
    "django.urls",
    "environ",
    "h2.connection",
    "inflection",
    "jsonschema",
    "psycopg",
    "redis.asyncio",
    "regex",
    "requests",
    "twisted.internet.asyncioreactor",
    "twisted.internet.endpoints",
    "twisted.internet.ssl",
    "twisted.internet.tcp",
    "twisted.web.http",
    "uritemplate",
    "urllib.request",
    "yaml",
)
MAX_REQUEST_BYTES = 1 << 16


def main() -> None:
    given = socket.socket(fileno=int(sys.argv[1]))
    # Ctrl-C reaches the whole process group. The parent ends this program.
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.collect()
    gc.freeze()
    # A shared forker gets a listening socket, too.
    connection = _accept(socket.socket(fileno=int(sys.argv[2])), given) if sys.argv[2:] else given
    request = _serve(connection) if connection else None
    if request is not None:
        signal.signal(signal.SIGINT, interrupt)
        _run(**request)


def _accept(listener: socket.socket, owner: socket.socket) -> socket.socket | None:
    """Fork for each test process that connects. In a fork, return the connection.

    Return None when the owner closes its connection.
    """
    ignored = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with listener, owner:
        while True:
            readable, _, _ = select.select([listener, owner], [], [])
            if owner in readable:
                return None
            connection, _ = listener.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, ignored)
                return connection
            connection.close()


def _serve(connection: socket.socket) -> dict[str, Any] | None:
    """Answer requests until the connection ends. In a fork, return what to run."""
    statuses: dict[int, int | None] = {}
    with connection:
        while True:
            message, descriptors, _, _ = socket.recv_fds(connection, MAX_REQUEST_BYTES, 2)
            if not message:
                break
            number, kind, request = json.loads(message)
            if kind == "start":
                answer: int | None = os.fork()
                if answer == 0:
                    return {**request, "outputs": descriptors}
                statuses[answer] = None
                for descriptor in descriptors:
                    os.close(descriptor)
            else:
                answer = statuses[request] = _poll(request, statuses[request])
            connection.send(json.dumps([number, answer]).encode())
        for process in (process for process, status in statuses.items() if status is None):
            os.kill(process, signal.SIGKILL)
    return None


def _poll(process: int, known: int | None) -> int | None:
    """Return the exit status of a fork, as ``subprocess`` does; None while it runs."""
    if known is not None:
        return known
    ended, status = os.waitpid(process, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _run(
    arguments: list[str], environment: dict[str, str], outputs: list[int], new_session: bool
) -> None:
    """Run like ``python arguments``."""
    if new_session:
        os.setsid()
    for stream, output in zip((sys.stdout, sys.stderr), outputs, strict=True):
        os.dup2(output, stream.fileno())
        os.close(output)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    if arguments[0] == "-m":
        sys.argv[1:] = arguments[2:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv[:] = arguments
        sys.path[0] = os.path.dirname(os.path.abspath(arguments[0]))
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main()
