"""The visitor cookie: a signed, random visitor id."""

from __future__ import annotations

import binascii
import secrets
from functools import cache
from typing import Any

from django.core.signing import BadSignature, Signer, b64_decode, b64_encode

VISITOR_BYTES = 16


def new_visitor() -> bytes:
    """A visitor nobody has been before."""
    return secrets.token_bytes(VISITOR_BYTES)


def dump_cookie(visitor: bytes) -> str:
    """The signed value of the visitor cookie."""
    return _signer().sign(b64_encode(visitor).decode())


def parse_cookie(value: str | None) -> bytes | None:
    """The visitor in a cookie that we have signed; None for anything else."""
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


def _forget_signer(**kwargs: Any) -> None:
    _signer.cache_clear()
