"""Refuses to start, in lines that an operator can act on, instead of a traceback.

Owns what must be true before a command runs and before the server serves.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection

logger = logging.getLogger(__name__)


@contextmanager
def refusing_in_one_line() -> Iterator[None]:
    """Turn bad configuration and an unreachable database into one line and exit status 1."""
    try:
        yield
    except ImproperlyConfigured as error:
        _refuse(" ".join(str(error).split()))
    except Error:
        reason = _why_unreachable()
        if reason is None:
            raise
        _refuse(reason)


def verify_serving() -> None:
    """Stop unless system checks pass, deployment's too, and database and Redis serve.

    A Redis that is away does not count: it may come back, and pages do without. What the
    app's own checks only warn of is logged.
    """
    for problem in (_failed_checks, _why_unreachable, _what_redis_refuses):
        lines = problem()
        if lines is not None:
            _refuse(lines)


def _failed_checks() -> str | None:
    messages = checks.run_checks(include_deployment_checks=True)
    for message in messages:
        if not message.is_serious() and str(message.id).startswith("landing."):
            logger.warning("%s", _one_line(message))
    return "\n".join(_one_line(message) for message in messages if message.is_serious()) or None


def _one_line(message: checks.CheckMessage) -> str:
    return " ".join(f"{message.id}: {message.msg} {message.hint or ''}".split())


def _why_unreachable() -> str | None:
    """One line that holds no password; None when a connection can be made."""
    target = connection.settings_dict
    try:
        connection.close()
        connection.ensure_connection()
    except Error as error:
        reason = " ".join(str(error).split())
        if target["PASSWORD"]:
            reason = reason.replace(target["PASSWORD"], "***")
        return f"DATABASE_URL: cannot open the {connection.vendor} database: {reason}"
    finally:
        connection.close()
    return None


def _what_redis_refuses() -> str | None:
    from landing.live.presence.redis.check import check_redis  # needs the settings

    return check_redis(settings.REDIS_URL) if settings.REDIS_URL else None


def _refuse(lines: str) -> NoReturn:
    # Printed here: an exit in a thread, such as runserver's reloader, says nothing itself.
    print(lines, file=sys.stderr, flush=True)
    raise SystemExit(1)
