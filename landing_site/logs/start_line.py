"""The one log line of a worker that starts: its version, its surroundings, and its configuration.

It contains no credentials. A setting that is a secret or names people is shown as "set".
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from landing import conf
from landing_site import version

logger = logging.getLogger(__name__)

_SECRET = re.compile("TOKEN|KEY|PASSWORD|SECRET|RECIPIENTS|REDIS_URL")


@cache
def write() -> None:
    """Log the line, once per process."""
    fields: dict[str, Any] = {
        "version": version.read(),
        "server": name_server(sys.argv),
        "database": locate_database(connections[DEFAULT_DB_ALIAS].settings_dict),
        "redis": locate_redis(settings.REDIS_URL),
        "settings": find_changed_settings(conf.read()),
    }
    changed = ", ".join(f"{name}={value}" for name, value in fields["settings"].items())
    logger.info(
        "Worker started: version %s, %s with pid %d, %s, %s, %s",
        fields["version"],
        fields["server"],
        os.getpid(),
        fields["database"],
        fields["redis"] or "presence in this process",
        changed or "default settings",
        extra=fields,
    )


def name_server(arguments: Sequence[str]) -> str:
    """Return the name of the program, such as "daphne" or "runserver"."""
    program = Path(arguments[0])
    if program.stem == "__main__":  # python -m daphne
        return program.parent.name
    if program.name == "manage.py" and len(arguments) > 1:
        return arguments[1]
    return program.stem


def locate_database(config: Mapping[str, Any]) -> str:
    """Return the type and the location of a ``DATABASES`` entry."""
    vendor = config["ENGINE"].rpartition(".")[2]
    if vendor == "sqlite3":
        return f"sqlite {config['NAME']}"
    host, port = config["HOST"], config["PORT"]
    host = f"[{host}]" if ":" in host else host
    return f"{vendor} {host}{port and f':{port}'}/{config['NAME']}"


def locate_redis(url: str) -> str:
    """Return the URL without user, password, and options but the database; empty without Redis."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    database = parse_qs(parts.query).get("db")
    query = f"?db={database[-1]}" if database else ""
    return f"{parts.scheme}://{host}{parts.path}{query}" if url else ""


def find_changed_settings(current: conf.LandingSettings) -> dict[str, Any]:
    """Return the variables that differ from their defaults; a secret as "set"."""
    defaults = conf.LandingSettings()
    return {
        name: "set" if _SECRET.search(name) else _show(getattr(current, name))
        for name in conf.NAMES
        if name not in conf.CODE_ONLY and getattr(current, name) != getattr(defaults, name)
    }


def _show(value: Any) -> Any:
    return ",".join(value) if isinstance(value, tuple) else value
