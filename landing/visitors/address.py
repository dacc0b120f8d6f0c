"""Find the client's address behind a known count of proxies."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

# python-ipware is not used: it removes invalid entries before it counts hops. If a proxy adds
# "unknown", an entry that the client invented would move into the trusted position.


def trusted_address(peer: str, forwarded_for: str, trusted_proxy_count: int) -> str:
    """Return the last address that a trusted proxy or this server has seen.

    Each proxy appends the address of its peer to ``X-Forwarded-For``. Behind n trusted
    proxies, the n-th hop from the right is the client, and the client may have invented
    every hop to its left. If that hop is missing or invalid, return the peer.
    """
    hops = forwarded_for.split(",")
    if 0 < trusted_proxy_count <= len(hops):
        hop = normalize(hops[-trusted_proxy_count])
        if hop is not None:
            return hop
    return normalize(peer) or peer


@lru_cache(maxsize=4096)  # three callers normalize the address of each handshake
def normalize(text: str) -> str | None:
    """Return the canonical address without brackets, port, and zone; None if invalid."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
