"""Find out whether the user of a session may see the dashboard, for open connections."""

from __future__ import annotations

import logging

from channels.db import database_sync_to_async

from ...names import permission
from ...resilience import errors
from ...resilience.outage import Outage
from .. import session_user
from . import accounts

outage = Outage(
    logging.getLogger(__name__),
    "Reading permissions",
    "open connections keep theirs",
    errors=errors.database.labels("read_permissions"),
)


async def may_view_analytics(session_key: str) -> bool | None:
    """Return whether the user is staff with the permission; None if the database fails."""
    if not session_key.isprintable() or not session_user.has_users():
        return False
    try:
        is_permitted = await _may_view(session_key)
    except session_user.OTHER_KEY_ERRORS:
        # The session is older than the type of the users' primary key.
        return False
    except Exception as error:  # noqa: BLE001  engines and backends raise what they like
        outage.record_failure(error)
        return None
    outage.record_success()
    return is_permitted


def _read(session_key: str) -> bool:
    user = session_user.find_user(session_key)
    return accounts.is_staff_with(user, permission("view_analytics"))


_may_view = database_sync_to_async(_read, thread_sensitive=False)
