"""Report to the process manager that this process listens.

systemd and :mod:`landing_site.serve` wait for this message before they stop an older process.
Protocol: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

from __future__ import annotations

import logging
import os
import socket

logger = logging.getLogger(__name__)

#: The variable with the address of the process manager's datagram socket.
VARIABLE = "NOTIFY_SOCKET"


def report(status: str = "") -> None:
    """Send ``READY=1`` and an optional status line to the process manager, if there is one."""
    address = os.environ.get(VARIABLE)
    if not address:
        return
    lines = ["READY=1", f"MAINPID={os.getpid()}", *([f"STATUS={status}"] if status else [])]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            # "@" stands for the null byte of an abstract address.
            sender.connect(f"\0{address[1:]}" if address.startswith("@") else address)
            sender.send("\n".join(lines).encode())
    except OSError as error:
        logger.warning("%s=%s cannot be reached: %s", VARIABLE, address, error)
