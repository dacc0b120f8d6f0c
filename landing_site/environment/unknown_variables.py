"""Distinguish settings from injected variables and from misspelled settings.

Kubernetes and Docker describe each service of a namespace in the environment of every container.
A service named "landing" or "landing-page" yields names that begin like the app's settings.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from landing.conf.similar_names import normalize

#: Suffixes of the names that Kubernetes' service links and Docker's container links have.
_INJECTED_NAME = re.compile(
    r"_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|ENV_.+"
    r"|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|ADDR|PORT|START|END|PORT_START|PORT_END))?)"
)
#: Suffixes that a setting may have too, so the value decides: tcp://10.0.0.7:80, /web/db.
_INJECTED_VALUES = {"_PORT": re.compile(r"(tcp|udp|sctp)://"), "_NAME": re.compile(r"/[^/]+/")}
#: Two names of 20 characters that differ in one character have a similarity of 0.95.
_SAME_BUT_A_SLIP = 0.95


def is_injected(name: str, value: str) -> bool:
    """Return whether an orchestrator set this variable to describe another service."""
    if re.fullmatch(rf".+?{_INJECTED_NAME.pattern}", name):
        return True
    return any(
        name.endswith(suffix) and pattern.match(value) is not None
        for suffix, pattern in _INJECTED_VALUES.items()
    )


def is_misspelled(name: str, prefix: str, known: Iterable[str]) -> bool:
    """Return whether ``name`` was meant as a setting of the app but is not in ``known``.

    Lower case and hyphens count as meant, and so does a slip in the prefix of a known name.
    """
    plain = normalize(name)
    if plain.startswith(prefix):
        return name not in known
    return bool(difflib.get_close_matches(plain, known, n=1, cutoff=_SAME_BUT_A_SLIP))
