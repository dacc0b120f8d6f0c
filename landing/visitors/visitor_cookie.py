"""Create, sign, and verify the value of the visitor cookie.

The value has the visitor id, a mark if the visitor opted out, and the date of issue, so that a
copy of it is not valid forever. :mod:`landing.visitors.cookie_header` sends it.
"""

from __future__ import annotations

import binascii
import secrets
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from django.core.signals import setting_changed
from django.core.signing import (
    BadSignature,
    Signer,
    TimestampSigner,
    b62_decode,
    b62_encode,
    b64_decode,
    b64_encode,
)
from django.utils.crypto import constant_time_compare

from .. import conf

VISITOR_BYTES = 16
#: Browsers accept a cookie of this name only over HTTPS, for one host, and for all its paths:
#: https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#section-4.1.3.2
HOST_PREFIX = "__Host-"
OPT_OUT_MARK = ".out"
DAY_SECONDS = 24 * 60 * 60


class VisitorCookie(NamedTuple):
    """A valid cookie. ``is_current`` is False if its value must be signed again."""

    visitor: bytes
    issued_at: int
    is_opted_out: bool = False
    is_current: bool = True
    name: str = ""


def create_visitor() -> bytes:
    """Return a new random visitor id."""
    return secrets.token_bytes(VISITOR_BYTES)


def max_age_seconds() -> int:
    """Return the lifetime of a cookie."""
    return conf.read().LANDING_VISITOR_COOKIE_DAYS * DAY_SECONDS


def names() -> tuple[str, ...]:
    """Return the names that the cookie may have, the most trustworthy first."""
    name = conf.read().LANDING_VISITOR_COOKIE_NAME
    return (name,) if name.startswith("__") else (HOST_PREFIX + name, name)


def read(cookies: Mapping[str, str]) -> VisitorCookie | None:
    """Return the first valid visitor cookie, or None; always None if the site sets no cookie."""
    if not conf.read().LANDING_VISITOR_COOKIE:
        return None
    for name in names():
        cookie = parse(cookies.get(name))
        if cookie is not None:
            return cookie._replace(name=name)
    return None


def dump_cookie(
    visitor: bytes, *, is_opted_out: bool = False, issued_at: float | None = None
) -> str:
    """Return the signed value of a visitor id, issued now or at ``issued_at`` (Unix seconds)."""
    content = b64_encode(visitor).decode() + (OPT_OUT_MARK if is_opted_out else "")
    issued = b62_encode(int(time.time() if issued_at is None else issued_at))
    # Not the method of TimestampSigner: renewing a cookie must not make it valid for longer.
    return _dated_signer().sign_dated(f"{content}:{issued}")


def parse(value: str | None) -> VisitorCookie | None:
    """Return the content of a cookie value; None if it is invalid or too old."""
    if value is None or not value.isascii():
        return None
    try:
        return _parse_dated(value) or _parse_undated(value)
    except (BadSignature, binascii.Error, ValueError):
        return None


def parse_cookie(value: str | None) -> bytes | None:
    """Return the visitor id in a cookie value, or None if it is invalid or too old."""
    cookie = parse(value)
    return cookie and cookie.visitor


def _parse_dated(value: str) -> VisitorCookie | None:
    signer = _dated_signer()
    try:
        dated = Signer.unsign(signer, value)
    except BadSignature:
        return None
    content = signer.unsign(value, max_age=max_age_seconds())
    encoded, mark, _ = content.partition(OPT_OUT_MARK)
    visitor = b64_decode(encoded.encode())
    if len(visitor) != VISITOR_BYTES:
        return None
    is_current = constant_time_compare(signer.sign_dated(dated), value)
    return VisitorCookie(visitor, b62_decode(dated.rpartition(":")[2]), bool(mark), is_current)


def _parse_undated(value: str) -> VisitorCookie | None:
    """Accept the values of earlier versions, which the next page renews."""
    visitor = b64_decode(_undated_signer().unsign(value).encode())
    if len(visitor) != VISITOR_BYTES:
        return None
    return VisitorCookie(visitor, int(time.time()), is_current=False)


class _DatedSigner(TimestampSigner):
    def sign_dated(self, dated: str) -> str:
        """Return the signature that the current SECRET_KEY gives to a value with its date."""
        return Signer.sign(self, dated)


@cache
def _dated_signer() -> _DatedSigner:
    return _DatedSigner(salt="landing.visitors.visitor_cookie")


@cache
def _undated_signer() -> Signer:
    return Signer(salt="landing.identity.visitor")


def _clear_signers(**kwargs: Any) -> None:
    _dated_signer.cache_clear()
    _undated_signer.cache_clear()


setting_changed.connect(_clear_signers)
