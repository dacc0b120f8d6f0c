"""Report to the process manager that this process listens.

systemd waits for this message until the service is started, and :mod:`landing_site.serve` before it
stops an older worker.
Protocol: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

from __future__ import annotations

import logging
import os
import socket

logger = logging.getLogger(__name__)

#: The variable with the address of the process manager's datagram socket.
VARIABLE = "NOTIFY_SOCKET"
#: The id of the process, for :mod:`landing_site.serve`. systemd ignores fields with this prefix.
PROCESS_FIELD = "X_PID"


def report(status: str = "") -> None:
    """Send ``READY=1`` and an optional status line to the process manager, if there is one."""
    address = os.environ.get(VARIABLE)
    if not address:
        return
    lines = ["READY=1", f"{PROCESS_FIELD}={os.getpid()}", *([f"STATUS={status}"] if status else [])]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            # A process manager that does not read must not stop this process.
            sender.setblocking(False)
            # "@" stands for the null byte of an abstract address.
            sender.connect(f"\0{address[1:]}" if address.startswith("@") else address)
            sender.send("\n".join(lines).encode())
    except OSError as error:
        logger.warning("%s=%s cannot be reached: %s", VARIABLE, address, error)
