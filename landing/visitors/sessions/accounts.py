"""Names and rights of users, whose model may have any methods."""

from __future__ import annotations

from typing import Any

from ...names import permission
from .. import session_user


def display_name(user: Any) -> str:
    """Return the short name of a user, or else the name of the login, for staff."""
    find_short_name = getattr(user, "get_short_name", None)
    short_name = find_short_name() if callable(find_short_name) else ""
    return str(short_name or user.get_username())


def is_staff_with(user: Any, name: str) -> bool:
    """Return whether an active user is staff and has a permission. Queries the database."""
    may_enter = getattr(user, "is_staff", False) and getattr(user, "is_active", True)
    return bool(may_enter and hasattr(user, "has_perm") and user.has_perm(name))


def may_read_all(user: Any) -> bool:
    """Return whether a user, None without sessions, is staff who may see the dashboard."""
    try:
        return is_staff_with(user, permission("view_analytics"))
    except session_user.OTHER_KEY_ERRORS:
        # The session is older than the type of the users' primary key.
        return False
    except Exception as error:  # noqa: BLE001  engines and backends raise what they like
        session_user.outage.record_failure(error)
        return False
