"""One worker: Daphne on the listening socket that the supervisor passes as standard input."""

from __future__ import annotations

import os
import runpy
import socket
import sys

from landing_site.startup import parent_watch

#: Of a frame and of a message, as in the Procfile.
MAX_BYTES = "65536"
OPTIONS = (
    *("-v", "0"),
    *("--websocket-max-message-size", MAX_BYTES, "--websocket-max-frame-size", MAX_BYTES),
)
#: The first descriptor of systemd's protocol for listening sockets.
LISTENING = 3


def main() -> None:
    """Serve until a signal arrives or the supervisor, whose id is the argument, is gone."""
    endpoint = _adopt_standard_input()
    parent_watch.follow(int(sys.argv[1]))
    sys.argv = ["daphne", "-e", endpoint, *OPTIONS, "landing_site.asgi:application"]
    runpy.run_module("daphne", run_name="__main__", alter_sys=True)


def _adopt_standard_input() -> str:
    """Pass the listening socket on by systemd's protocol, and return its endpoint for Twisted.

    Daphne's ``--fd`` takes every socket for IPv4, and garbles the addresses of IPv6 clients.
    """
    os.dup2(sys.stdin.fileno(), LISTENING, inheritable=False)
    with open(os.devnull) as null:
        os.dup2(null.fileno(), sys.stdin.fileno())
    with socket.socket(fileno=os.dup(LISTENING)) as listening:
        domain = listening.family.name.removeprefix("AF_")
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="landing")
    return f"systemd:domain={domain}:index=0"


if __name__ == "__main__":
    main()
