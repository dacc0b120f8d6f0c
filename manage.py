#!/usr/bin/env python
"""Run Django's commands, in development mode unless the environment sets ``DEBUG``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import environ


def main() -> None:
    """Read the environment file, then run the command of the command line."""
    # Read the file before the default is set, so that the file can contain DEBUG=false.
    environ.Env.read_env(_find_env_file())
    os.environ["DEBUG"] = os.environ.get("DEBUG") or "true"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "landing_site.settings")

    import django
    from django.conf import settings
    from django.core.management import execute_from_command_line

    from landing_site.startup import error_exit, parent_watch

    # The reloader's child follows the reloader, which follows make.
    if sys.argv[1:2] == ["runserver"] and os.environ.keys() & {"MAKELEVEL", "RUN_MAIN"}:
        parent_watch.follow()
    with error_exit.exit_on_bad_configuration():
        settings.DEBUG  # noqa: B018  load the settings now; Django would do it later
        # Only in the first process. The reloader's child must survive errors made while editing.
        if sys.argv[1:2] == ["runserver"] and "RUN_MAIN" not in os.environ:
            django.setup()
            error_exit.verify_requirements()
        execute_from_command_line(sys.argv)


def _find_env_file() -> str | Path:
    """Return the environment file. Exit if the one of ``ENV_FILE`` cannot be read.

    django-environ would go on without it, so in development mode and with another database.
    """
    given = os.environ.get("ENV_FILE")
    try:
        with open(given or os.devnull):
            return given or Path(__file__).parent / ".env"
    except OSError as error:
        raise SystemExit(f"ENV_FILE={given} cannot be read: {error.strerror}") from None


if __name__ == "__main__":
    main()
