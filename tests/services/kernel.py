"""Limits of this machine's kernel."""

from __future__ import annotations

from pathlib import Path

TCP_WMEM = Path("/proc/sys/net/ipv4/tcp_wmem")
#: The default maximum of Linux, which is more than other systems buffer.
DEFAULT_SEND_BYTES = 4 << 20


def max_unread_bytes() -> int:
    """Return a size that exceeds what the kernel buffers for a client that does not read.

    It is the largest send buffer, which is the third value of tcp_wmem (tcp(7)), plus one half.
    The client's receive buffer is small, because :mod:`tests.services.raw_websocket` limits it.
    """
    if not TCP_WMEM.exists():
        return DEFAULT_SEND_BYTES * 3 // 2
    return int(TCP_WMEM.read_text().split()[2]) * 3 // 2
