"""What a valid activity is, and how it is written down before it is stored.

Owns the limits of each field and the words in which one is refused. Stores nothing and
asks no table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from ..dates import EPOCH
from ..models import ACTOR_LENGTH, EXTERNAL_ID_LENGTH, TEXT_LENGTH, Activity
from . import kinds
from .text import clean, shorten

#: Of ``data``, as JSON.
DATA_BYTES = 4096
#: Of objects and lists within each other; far more could be written and not read again.
DATA_LEVELS = 32


class InvalidActivity(ValueError):
    """It was not published; ``errors`` says per field what is wrong."""

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
    """Checked and cleaned, not stored. Raises :class:`InvalidActivity`."""
    now, cleaned = timezone.now(), clean(text)
    errors = {
        "kind": _wrong_kind(kind),
        "text": None if cleaned else _("There is nothing to be seen in it."),
        "data": _wrong_data(data),
        "external_id": _wrong_external_id(external_id),
        "created_at": _wrong_moment(created_at, now),
    }
    wrong = {field: error for field, error in errors.items() if error}
    if wrong:
        raise InvalidActivity(wrong)
    moment = created_at or now
    return Activity(
        kind=kind,
        text=shorten(cleaned, TEXT_LENGTH),
        actor=shorten(clean(actor), ACTOR_LENGTH),
        data=_as_stored(data),
        external_id=external_id,
        # As all that is shown of it, so that what is sorted by it is sorted alike.
        created_at=moment.replace(microsecond=moment.microsecond // 1000 * 1000),
    )


def _wrong_kind(kind: str) -> str | None:
    if kind in kinds.known():
        return None
    known = ", ".join(sorted(kinds.known()))
    return _("This is no kind. Known kinds: %(known)s.") % {"known": known}


def _wrong_data(data: Mapping[str, Any] | None) -> str | None:
    if _is_deeper(data, DATA_LEVELS):
        return _("This has more than %(levels)d levels.") % {"levels": DATA_LEVELS}
    try:
        text = json.dumps(dict(data or {}), allow_nan=False, ensure_ascii=False)
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError):  # a lone surrogate among them
        return _("This is no object that JSON can hold.")
    # JSON can write it and PostgreSQL cannot store it; a backslash is written as two.
    if "\\u0000" in text.replace(r"\\", ""):
        return _("This holds a NUL, which cannot be stored.")
    if size > DATA_BYTES:
        return _("This is more than %(bytes)d bytes of JSON.") % {"bytes": DATA_BYTES}
    return None


def _is_deeper(value: Any, levels: int) -> bool:
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return False
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in value)


def _as_stored(data: Mapping[str, Any] | None) -> Any:
    """As every database gives it back, so that who publishes again has the same."""
    # PostgreSQL writes 1e+23 out in full, and that is read as a whole number.
    return json.loads(
        json.dumps(dict(data or {})),
        parse_float=lambda text: int(Decimal(text)) if "e+" in text else float(text),
    )


def _wrong_external_id(external_id: str | None) -> str | None:
    if external_id is None:
        return None
    if external_id.isprintable() and 0 < len(external_id.strip()) <= EXTERNAL_ID_LENGTH:
        return None
    return _("Give 1 to %(length)d printable characters.") % {"length": EXTERNAL_ID_LENGTH}


def _wrong_moment(moment: datetime | None, now: datetime) -> str | None:
    if moment is None:
        return None
    if timezone.is_naive(moment):
        return _("Say the time zone, as in 2026-01-31T12:00:00Z.")
    if moment < EPOCH:
        return _("This is before 1970.")
    return _("This is in the future.") if moment > now else None
