"""Validate and normalize an activity before it is stored.

Defines the limits of each field and the error messages. Runs no query.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from ..dates import EPOCH, to_aware, utc_now
from ..models import ACTOR_LENGTH, EXTERNAL_ID_LENGTH, TEXT_LENGTH, Activity
from .kinds import KINDS
from .text import clean, shorten

#: Maximum size of ``data`` as JSON.
MAX_DATA_BYTES = 4096
#: Maximum nesting of objects and lists. Python can write deeper JSON than it can read.
MAX_DATA_LEVELS = 32


class InvalidActivity(ValueError):
    """Raised if an activity is not valid. ``errors`` maps each invalid field to a message."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {error}" for field, error in errors.items()))
        self.errors = dict(errors)


def build_activity(
    kind: str,
    text: str,
    actor: str,
    data: Mapping[str, Any] | None,
    external_id: str | None,
    created_at: datetime | None,
) -> Activity:
    """Return a valid, normalized activity that is not stored yet.

    Raises:
        InvalidActivity: at least one field is not valid.
    """
    now, cleaned = utc_now(), clean(text)
    if created_at is not None and not settings.USE_TZ:
        created_at = to_aware(created_at)  # such a project has naive times only
    results = {
        "kind": _check_kind(kind),
        "text": None if cleaned else _("This field may not be blank."),
        "data": _check_data(data),
        "external_id": _check_external_id(external_id),
        "created_at": _check_time(created_at, now),
    }
    errors = {field: error for field, error in results.items() if error}
    if errors:
        raise InvalidActivity(errors)
    time = created_at or now
    return Activity(
        kind=kind,
        text=shorten(cleaned, TEXT_LENGTH),
        actor=shorten(clean(actor), ACTOR_LENGTH),
        data=_normalize_data(data),
        external_id=external_id,
        # Pages get milliseconds. Storing the same precision gives both the same order.
        created_at=time.replace(microsecond=time.microsecond // 1000 * 1000),
    )


def _check_kind(kind: str) -> str | None:
    if kind in KINDS:
        return None
    return _("Unknown kind. Known kinds: %(known)s.") % {"known": ", ".join(sorted(KINDS))}


def _check_data(data: Mapping[str, Any] | None) -> str | None:
    if _is_deeper(data, MAX_DATA_LEVELS):
        return _("Must have at most %(levels)d levels.") % {"levels": MAX_DATA_LEVELS}
    try:
        text = json.dumps(dict(data or {}), allow_nan=False, ensure_ascii=False)
        size = len(text.encode())  # fails on a lone surrogate
    except (TypeError, ValueError, RecursionError):
        return _("Must be a JSON object.")
    # JSON can hold a NUL, PostgreSQL cannot. Ignore escaped backslashes before the search.
    if "\\u0000" in text.replace(r"\\", ""):
        return _("Must not contain NUL characters.")
    if size > MAX_DATA_BYTES:
        return _("Must be at most %(bytes)d bytes of JSON.") % {"bytes": MAX_DATA_BYTES}
    return None


def _is_deeper(value: Any, levels: int) -> bool:
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return False
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in value)


def _normalize_data(data: Mapping[str, Any] | None) -> Any:
    """Return the data as every database returns it, so that repeated publishing compares equal."""
    # PostgreSQL writes 1e+23 as digits, which are read back as an integer.
    return json.loads(
        json.dumps(dict(data or {})),
        parse_float=lambda text: int(Decimal(text)) if "e+" in text else float(text),
    )


def _check_external_id(external_id: str | None) -> str | None:
    if external_id is None:
        return None
    if external_id.isprintable() and 0 < len(external_id.strip()) <= EXTERNAL_ID_LENGTH:
        return None
    return _("Must have 1 to %(length)d printable characters.") % {"length": EXTERNAL_ID_LENGTH}


def _check_time(time: datetime | None, now: datetime) -> str | None:
    if time is None:
        return None
    if timezone.is_naive(time):
        return _("Must have a time zone, for example 2026-01-31T12:00:00Z.")
    if time < EPOCH:
        return _("Must not be before 1970.")
    return _("Must not be in the future.") if time > now else None
