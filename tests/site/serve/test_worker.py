"""A worker passes its listening socket on to Daphne, without a server."""

from __future__ import annotations

import os
import runpy
import socket
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from landing_site.serve import worker
from landing_site.startup import parent_watch

#: Of sockets that every machine has. It may lack IPv6.
FAMILIES = ["INET", "UNIX"]


@pytest.fixture(params=FAMILIES)
def domain(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the worker a bound socket as its standard input, and return the family of the socket."""
    standard_input = socket.socket(socket.AddressFamily[f"AF_{request.param}"]).detach()
    # The third descriptor belongs to the tests.
    listening = os.open(os.devnull, os.O_RDONLY)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(fileno=lambda: standard_input))
    monkeypatch.setattr(worker, "LISTENING", listening)
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        monkeypatch.setenv(name, "of another process")
    yield request.param
    os.close(standard_input)
    os.close(listening)


def test_the_socket_is_passed_on_by_the_protocol_of_systemd(domain: str) -> None:
    standard_input = sys.stdin.fileno()
    expected = os.fstat(standard_input).st_ino
    assert worker._adopt_standard_input() == f"systemd:domain={domain}:index=0"

    assert os.fstat(worker.LISTENING).st_ino == expected
    assert not os.get_inheritable(worker.LISTENING)
    assert os.path.samestat(os.fstat(standard_input), os.stat(os.devnull))
    assert (os.environ["LISTEN_PID"], os.environ["LISTEN_FDS"]) == (str(os.getpid()), "1")


def test_daphne_serves_the_socket_and_ends_with_the_supervisor(
    domain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[int] = []
    started: list[tuple[str, dict[str, Any], list[str]]] = []
    monkeypatch.setattr(parent_watch, "follow", followed.append)
    monkeypatch.setattr(
        runpy, "run_module", lambda name, **options: started.append((name, options, sys.argv))
    )
    monkeypatch.setattr(sys, "argv", ["worker", "4711"])
    worker.main()

    assert followed == [4711]
    ((module, options, arguments),) = started
    assert (module, options) == ("daphne", {"run_name": "__main__", "alter_sys": True})
    assert arguments[:3] == ["daphne", "-e", f"systemd:domain={domain}:index=0"]
    assert arguments[-1] == "landing_site.asgi:application"
    assert arguments[arguments.index("--websocket-max-message-size") + 1] == worker.MAX_BYTES
