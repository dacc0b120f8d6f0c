"""Stop with a line that an operator can act on, instead of a traceback."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, Error, connections

from landing_site.startup import preflight

#: With this status of a worker, gunicorn and uvicorn stop. With any other, they start it again.
WORKER_STATUS = 3


@contextmanager
def exit_on_bad_configuration() -> Iterator[None]:
    """Print one line and exit if a setting is invalid or the database is down.

    The status is 1, and :data:`WORKER_STATUS` in a worker that a server supervises.

    Any other database error is a bug, so it propagates with its traceback.
    """
    try:
        yield
    except ImproperlyConfigured as error:
        _exit(" ".join(str(error).split()))
    except Error:
        problem = _call_outside_loop(_find_database_problem)
        if problem is None:
            raise
        _exit(problem)


def verify_requirements() -> None:
    """Print the problems and exit, unless the server can serve."""
    if problems := _call_outside_loop(preflight.find_problems):
        _exit(problems)


def _find_database_problem() -> str | None:
    return preflight.find_database_problem(connections[DEFAULT_DB_ALIAS])


def _call_outside_loop(find: Callable[[], str | None]) -> str | None:
    """Return the result of ``find``; call it in a thread if an event loop runs in this one.

    Some servers import the application in their event loop, where Django refuses queries.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return find()
    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(find).result()


def _exit(lines: str) -> NoReturn:
    # SystemExit(lines) would print nothing in a thread, such as the one of runserver's reloader.
    print(lines, file=sys.stderr, flush=True)
    raise SystemExit(WORKER_STATUS if _is_worker_of_a_server() else 1)


def _is_worker_of_a_server() -> bool:
    return multiprocessing.parent_process() is not None or "gunicorn.arbiter" in sys.modules
