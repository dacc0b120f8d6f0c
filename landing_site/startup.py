"""Stop with a line that an operator can act on, instead of a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, Error, connections

from landing_site import preflight


@contextmanager
def exit_on_bad_configuration() -> Iterator[None]:
    """Print one line and exit with status 1 if a setting is invalid or the database is down.

    Any other database error is a bug, so it propagates with its traceback.
    """
    try:
        yield
    except ImproperlyConfigured as error:
        _exit(" ".join(str(error).split()))
    except Error:
        problem = preflight.find_database_problem(connections[DEFAULT_DB_ALIAS])
        if problem is None:
            raise
        _exit(problem)


def verify_requirements() -> None:
    """Print the problems and exit with status 1, unless the server can serve."""
    if problems := preflight.find_problems():
        _exit(problems)


def _exit(lines: str) -> NoReturn:
    # SystemExit(lines) would print nothing in a thread, such as the one of runserver's reloader.
    print(lines, file=sys.stderr, flush=True)
    raise SystemExit(1)
