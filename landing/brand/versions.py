"""The versions in the addresses of the files in a brand color.

A version names its color, so that every worker returns the files of the page that asks, also of a
preview, and while the workers learn a new color. The signature keeps strangers from asking for any
color, because each one takes time.
"""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from . import files

#: Hex digits of a signature.
SIGNATURE_DIGITS = 16


def sign(color: str) -> str:
    """Return the version of a color such as ``#0b7a4c``: color, hash of the content, signature."""
    return f"{color[1:]}-{files.version(color)}-{_own_signature(color, settings.SECRET_KEY)}"


def color_of(version: str) -> str | None:
    """Return the color of a version, or None if this site has not signed it."""
    digits, _, rest = version.partition("-")
    _, _, signature = rest.partition("-")
    color = f"#{digits}"
    return (
        color if constant_time_compare(signature, _signature(color, settings.SECRET_KEY)) else None
    )


def _signature(color: str, key: str) -> str:
    return salted_hmac(__name__, color, key, algorithm="sha256").hexdigest()[:SIGNATURE_DIGITS]


#: A page has several files of its color. Strangers cannot fill this cache.
_own_signature = lru_cache(maxsize=8)(_signature)
