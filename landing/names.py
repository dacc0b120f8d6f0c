"""The names of this app, which depend on the module that it is installed as.

The same source is the app ``landing`` of this repository and the package ``live_user_counter``.
Everything that must not collide with other apps of a project derives from these constants.
"""

from __future__ import annotations

from typing import Final

#: Label of the app: begins tables, permissions, admin URLs, checks, metrics, and stored keys.
LABEL: Final = __name__.split(".")[-2]
#: The label in this repository. Any other is that of the package, in a project of its own.
SITE_LABEL: Final = "landing"
#: Namespace of the URLs, in every installation.
URLS: Final = "live_user_counter"
#: Django allows 30 characters for the name of an index, so a long label is shortened to initials.
_INDEX_PREFIX: Final = "".join(word[0] for word in LABEL.split("_")) if "_" in LABEL else LABEL


def index_name(ending: str) -> str:
    """Return the name of a database index, which is unique among all tables of the project."""
    return f"{_INDEX_PREFIX}_{ending}"


def permission(codename: str) -> str:
    """Return the full name of a permission, such as ``landing.view_analytics``."""
    return f"{LABEL}.{codename}"


def admin_url(name: str) -> str:
    """Return the name of an admin URL, such as ``admin:landing_analytics_changelist``."""
    return f"admin:{LABEL}_{name}"
