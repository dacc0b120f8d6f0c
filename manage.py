#!/usr/bin/env python
"""Django's commands, in development mode unless the environment says otherwise."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import environ


def main() -> None:
    # Read before the default is set, so that the file may say DEBUG=false.
    environ.Env.read_env(os.environ.get("ENV_FILE") or Path(__file__).parent / ".env")
    os.environ["DEBUG"] = os.environ.get("DEBUG") or "true"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "landing_site.settings")

    import django
    from django.conf import settings
    from django.core.management import execute_from_command_line

    from landing_site import startup

    with startup.refusing_in_one_line():
        settings.DEBUG  # noqa: B018  loads the settings, which Django would defer
        # Once, before the reloader forks: its child survives errors made while editing.
        if sys.argv[1:2] == ["runserver"] and "RUN_MAIN" not in os.environ:
            django.setup()
            startup.verify_serving()
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
