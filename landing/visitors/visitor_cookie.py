"""Create, sign, and verify the visitor cookie."""

from __future__ import annotations

import binascii
import secrets
from functools import cache
from typing import Any

from django.core.signals import setting_changed
from django.core.signing import BadSignature, Signer, b64_decode, b64_encode

VISITOR_BYTES = 16


def create_visitor() -> bytes:
    """Return a new random visitor id."""
    return secrets.token_bytes(VISITOR_BYTES)


def dump_cookie(visitor: bytes) -> str:
    """Return the signed cookie value of a visitor id."""
    return _signer().sign(b64_encode(visitor).decode())


def parse_cookie(value: str | None) -> bytes | None:
    """Return the visitor id in a cookie value, or None if its signature is invalid."""
    if value is None or not value.isascii():
        return None
    try:
        visitor = b64_decode(_signer().unsign(value).encode())
    except (BadSignature, binascii.Error):
        return None
    return visitor if len(visitor) == VISITOR_BYTES else None


@cache
def _signer() -> Signer:
    return Signer(salt="landing.identity.visitor")


def _clear_signer(**kwargs: Any) -> None:
    _signer.cache_clear()


setting_changed.connect(_clear_signer)
