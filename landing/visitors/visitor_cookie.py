"""Create, sign, and verify the value of the visitor cookie.

The value has the visitor id, a mark if the visitor opted out, and the date of issue, so that a
copy of it is not valid forever. :mod:`landing.visitors.set_cookie_header` sends it.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any, NamedTuple

from django.core.signals import setting_changed
from django.core.signing import (
    BadSignature,
    Signer,
    b62_decode,
    b62_encode,
    b64_decode,
    b64_encode,
)
from django.utils.encoding import force_bytes

from .. import conf
from ..names import LABEL

VISITOR_BYTES = 16
#: Browsers accept a cookie of this name only over HTTPS, for one host, and for all its paths:
#: https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#section-4.1.3.2
HOST_PREFIX = "__Host-"
OPT_OUT_MARK = ".out"
DAY_SECONDS = 24 * 60 * 60


class VisitorSigner(Signer):
    """Signs as Django's Signer does, but derives its key once: each handshake verifies a cookie."""

    @cached_property
    def _keyed(self) -> hmac.HMAC:
        """The state of ``django.utils.crypto.salted_hmac`` after the current key."""
        secret = force_bytes(self.salt) + b"signer" + force_bytes(self.key)
        return hmac.new(hashlib.new(self.algorithm, secret).digest(), digestmod=self.algorithm)

    def signature(self, value: bytes | str, key: bytes | str | None = None) -> str:
        """Return the signature of a value, with Django's own method for another key."""
        if key is not None:
            return str(super().signature(value, key))
        state = self._keyed.copy()
        state.update(force_bytes(value))
        return b64_encode(state.digest()).decode()


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
    # Not a TimestampSigner: renewing a cookie must not make it valid for longer.
    return _dated_signer().sign(f"{content}:{issued}")


def parse(value: str | None) -> VisitorCookie | None:
    """Return the content of a cookie value; None if it is invalid or too old."""
    if value is None or not value.isascii():
        return None
    try:
        return _parse_dated(value) or _parse_undated(value)
    except (BadSignature, binascii.Error, ValueError, IndexError, OverflowError):
        # The last two come from signed values without a date, or with an impossible one.
        return None


def parse_cookie(value: str | None) -> bytes | None:
    """Return the visitor id in a cookie value, or None if it is invalid or too old."""
    cookie = parse(value)
    return cookie and cookie.visitor


def _parse_dated(value: str) -> VisitorCookie | None:
    signer = _dated_signer()
    dated, _, _ = value.rpartition(":")
    content, _, issued = dated.rpartition(":")
    if not content:
        return None
    is_current = hmac.compare_digest(signer.sign(dated), value)
    if not is_current and not _has_fallback_signature(signer, value):
        return None
    issued_at = b62_decode(issued)
    if time.time() - issued_at > max_age_seconds():
        return None
    encoded, mark, _ = content.partition(OPT_OUT_MARK)
    visitor = b64_decode(encoded.encode())
    if len(visitor) != VISITOR_BYTES:
        return None
    return VisitorCookie(visitor, issued_at, bool(mark), is_current)


def _has_fallback_signature(signer: Signer, value: str) -> bool:
    if not signer.fallback_keys:
        return False
    try:
        signer.unsign(value)
    except BadSignature:
        return False
    return True


def _parse_undated(value: str) -> VisitorCookie | None:
    """Accept the values of earlier versions, which the next page renews."""
    visitor = b64_decode(_undated_signer().unsign(value).encode())
    if len(visitor) != VISITOR_BYTES:
        return None
    return VisitorCookie(visitor, int(time.time()), is_current=False)


@cache
def _dated_signer() -> VisitorSigner:
    return VisitorSigner(salt=f"{LABEL}.visitors.visitor_cookie")


@cache
def _undated_signer() -> Signer:
    return Signer(salt=f"{LABEL}.identity.visitor")


def _clear_signers(**kwargs: Any) -> None:
    _dated_signer.cache_clear()
    _undated_signer.cache_clear()


setting_changed.connect(_clear_signers)
