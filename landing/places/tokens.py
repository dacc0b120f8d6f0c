"""Signed places: the page names its place, and the browser returns it when it connects or moves.

A visitor can send only places that the site has signed, except below ``LANDING_UNSIGNED_PLACES``.
The token has no time, because a tab may stay open for days.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from django.core.signing import BadSignature, Signer

from .. import conf
from ..names import LABEL
from .names import ELSEWHERE, MAX_BYTES, is_private, may_be_unsigned, normalize

#: Characters of the signature, 6 bits each. A forged place would only move a count.
SIGNATURE_LENGTH: Final = 16
MAX_TOKEN_LENGTH = MAX_BYTES + 1 + SIGNATURE_LENGTH


class PlaceSigner(Signer):
    """Signs places with ``SECRET_KEY``, and verifies with ``SECRET_KEY_FALLBACKS``, too."""

    def __init__(self) -> None:
        super().__init__(salt=f"{LABEL}.place")

    def signature(self, value: bytes | str, key: bytes | str | None = None) -> str:
        """Return a short signature: each page and each handshake carries it."""
        return str(super().signature(value, key))[:SIGNATURE_LENGTH]


def sign(place: str) -> str:
    """Return the token of a place, ready for a query string; an empty text for elsewhere."""
    if place == ELSEWHERE or not conf.read().LANDING_MAX_PLACES:
        return ""
    return quote(PlaceSigner().sign(place), safe="/:")


def resolve(text: str, root_path: str = "") -> str | None:
    """Return the place that a browser names; None if it may not name it.

    ``text`` is a decoded token, or an unsigned path if that is permitted. A private place, or
    any place while places are off, is elsewhere. The site is mounted below ``root_path``.
    """
    if text == "" or not conf.read().LANDING_MAX_PLACES:
        return ELSEWHERE
    place = verify(text)
    if place is None:
        place = normalize(text)
        if not (may_be_unsigned(place) or may_be_unsigned(_below(root_path, place))):
            return None
    is_hidden = is_private(place) or is_private(_below(root_path, place))
    return ELSEWHERE if is_hidden else place


def verify(token: str) -> str | None:
    """Return the place in a decoded token; None if the site has not signed it."""
    if len(token) > MAX_TOKEN_LENGTH:
        return None
    try:
        place: str = PlaceSigner().unsign(token)
    except (BadSignature, UnicodeError):
        return None
    return place


def _below(root_path: str, place: str) -> str:
    return place.removeprefix(root_path) if place.startswith(f"{root_path}/") else place
