"""Find the problems that must be fixed before the server can serve."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.conf import settings
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger(__name__)


def find_problems() -> str | None:
    """Return the first kind of problem, one problem per line; None if there is none.

    The kinds are system checks (deployment checks included), the database, and Redis. An
    unreachable Redis is not a problem: it may come back, and pages work without it.
    """
    return (
        find_failed_checks()
        or find_database_problem(connections[DEFAULT_DB_ALIAS])
        or find_redis_problem(settings.REDIS_URL)
    )


def find_failed_checks() -> str | None:
    """Return one line per failed system check. Log warnings of the app's own checks."""
    messages = checks.run_checks(include_deployment_checks=True)
    for message in messages:
        if not message.is_serious() and str(message.id).startswith("landing."):
            logger.warning("%s", _format(message))
    return _join_lines(_format(message) for message in messages if message.is_serious())


def find_database_problem(connection: BaseDatabaseWrapper) -> str | None:
    """Return one line, without the password, if the database cannot be opened."""
    try:
        connection.close()
        connection.ensure_connection()
    except Error as error:
        reason = " ".join(str(error).split())
        if password := connection.settings_dict["PASSWORD"]:
            reason = reason.replace(password, "***")
        return f"DATABASE_URL: cannot open the {connection.vendor} database: {reason}"
    finally:
        connection.close()
    return None


def find_redis_problem(url: str) -> str | None:
    """Return one line, without the password, if a reachable Redis cannot serve presence."""
    if not url:
        return None
    # These imports need the settings.
    from landing.live.presence.redis.startup_check import check_redis
    from landing.live.sync import channel_layer_check

    return check_redis(url, then=channel_layer_check.find_problem)


def _format(message: checks.CheckMessage) -> str:
    return " ".join(f"{message.id}: {message.msg} {message.hint or ''}".split())


def _join_lines(lines: Iterable[str]) -> str | None:
    return "\n".join(lines) or None
