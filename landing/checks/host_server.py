"""System checks of the servers of a host: ``runserver``, and several workers."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Warning
from django.core.management import get_commands, load_command_class
from django.core.management.commands import runserver

from .. import conf
from ..live.presence import factory
from .host import register_for_hosts
from .ids import full_id

#: Variables with the number of workers: of Gunicorn and Uvicorn, of Uvicorn, and of Granian.
WORKER_VARIABLES = ("WEB_CONCURRENCY", "UVICORN_WORKERS", "GRANIAN_WORKERS")


@register_for_hosts()
def check_runserver(**kwargs: Any) -> list[CheckMessage]:
    """W304: Django's own ``runserver`` has no WebSockets. W305: nor if it replaces Daphne's."""
    if is_asgi_runserver():
        return []
    if apps.is_installed("daphne"):
        return [
            Warning(
                'INSTALLED_APPS has another runserver before that of "daphne".',
                hint='Move "daphne" to the top of INSTALLED_APPS.',
                id=full_id("W305"),
            )
        ]
    if "runserver" not in sys.argv[1:2]:
        return []
    return [
        Warning(
            "runserver serves without WebSockets, so nobody is counted.",
            hint='Install Daphne, and put "daphne" at the top of INSTALLED_APPS; or use another '
            "ASGI server, such as Uvicorn.",
            id=full_id("W304"),
        )
    ]


def is_asgi_runserver() -> bool:
    """Return whether ``runserver`` is that of an ASGI server."""
    try:
        found = get_commands()["runserver"]
        command = load_command_class(found, "runserver") if isinstance(found, str) else found
    except Exception:  # noqa: BLE001  a command of any package; the project sees its error
        return True
    own = getattr(type(command), "inner_run", None)
    return own is not runserver.Command.inner_run


@register_for_hosts()
def check_workers(**kwargs: Any) -> list[CheckMessage]:
    """W306: without Redis, each worker counts only its own visitors."""
    variable = find_several_workers(os.environ)
    if variable is None or _is_shared():
        return []
    setting = conf.spell("LANDING_REDIS_URL")
    return [
        Warning(
            f"{variable} starts several workers, and each counts only its own visitors.",
            hint=f"Set {setting}, or start one worker.",
            id=full_id("W306"),
        )
    ]


def find_several_workers(environment: Mapping[str, str]) -> str | None:
    """Return the variable that starts several workers, as ``NAME=value``, or None."""
    for name in WORKER_VARIABLES:
        value = environment.get(name, "").strip()
        if value.isdecimal() and int(value) > 1:
            return f"{name}={value}"
    arguments = environment.get("GUNICORN_CMD_ARGS", "")
    found = re.search(r"(?<!\S)(?:-w[ =]?|--workers[ =])(\d+)", arguments)
    return f"GUNICORN_CMD_ARGS={arguments}" if found and int(found[1]) > 1 else None


def _is_shared() -> bool:
    try:
        return factory.is_shared()
    except ImportError:  # the check of the setting reports it
        return True
