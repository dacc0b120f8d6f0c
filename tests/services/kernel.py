"""What the kernel of this machine holds for a connection whose client does not read."""

from __future__ import annotations

from pathlib import Path

TCP_WMEM = Path("/proc/sys/net/ipv4/tcp_wmem")
#: Linux's own, and more than others take.
DEFAULT_SEND_BYTES = 4 << 20


def most_unread_bytes() -> int:
    """More than it takes from a server: the largest send buffer, and half of that again.

    The last of the three numbers of tcp_wmem (tcp(7)). What the client's side takes beyond
    it is little, as :mod:`tests.services.raw_websocket` fixes its buffer.
    """
    if not TCP_WMEM.exists():
        return DEFAULT_SEND_BYTES * 3 // 2
    return int(TCP_WMEM.read_text().split()[2]) * 3 // 2
