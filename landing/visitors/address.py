"""The client's address, behind a known number of proxies."""

from __future__ import annotations

import ipaddress


def trusted_address(peer: str, forwarded_for: str, trusted_proxy_count: int) -> str:
    """The address nearest to the client that somebody trustworthy has seen.

    Each proxy appends the peer it saw to ``X-Forwarded-For``: behind n trusted
    proxies that is the n-th hop from the right, and everything left of it is the
    client's own invention. Too few hops, or one that is no address: the peer.
    """
    hops = forwarded_for.split(",")
    if 0 < trusted_proxy_count <= len(hops):
        hop = normalise(hops[-trusted_proxy_count])
        if hop is not None:
            return hop
    return normalise(peer) or peer


def normalise(text: str) -> str | None:
    """One spelling per address, without brackets, port or zone; None: not an address."""
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
