"""The network of a client: the unit that limits apply to.

One IPv4 address is one network. A provider gives each customer a whole IPv6 /64 or more, so all
addresses of a /64 are one network, too (RFC 6177).
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from django.utils.crypto import salted_hmac

from ..names import LABEL

#: Bits of an IPv6 address that name the network.
IPV6_PREFIX_BITS = 64
#: Bytes of a key. Two of 100,000 networks have the same one in less than 1 of 50 deployments.
KEY_BYTES = 6


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Return the network of a normalized address; other text is a network of its own."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX_BITS), strict=False))


@lru_cache(maxsize=4096)
def network_key(network: str) -> bytes:
    """Return the key under which processes share what they know of a network.

    It is a keyed hash, so that nobody without ``SECRET_KEY`` finds the address. The key of an
    unknown network is empty.
    """
    if not network:
        return b""
    return salted_hmac(f"{LABEL}.network", network, algorithm="sha256").digest()[:KEY_BYTES]
