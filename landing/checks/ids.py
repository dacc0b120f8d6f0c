"""Ids of the system checks.

``E`` is an error, ``W`` a warning, and ``I`` an information. ``0xx`` checks one setting, ``1xx`` a
combination, ``2xx`` a deployment, and ``3xx`` the project around the app. Ids are never reused.
"""

from __future__ import annotations

from ..names import LABEL

#: Page that describes the settings and the checks.
DOCS = "docs/configuration.md"


def full_id(short: str) -> str:
    """Return the id that Django shows and silences, such as ``landing.E001`` for ``E001``."""
    return f"{LABEL}.{short}"
