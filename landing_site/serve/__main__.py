"""Serve the site with several workers on one port, until SIGTERM or SIGINT.

SIGHUP restarts the workers one by one, with the code and the packages that are installed then.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import zmq
from django.conf import settings
from django.utils.log import configure_logging

from landing_site.serve.slots import find_port_problem
from landing_site.serve.supervisor import Pace, Supervisor
from landing_site.startup import error_exit, parent_watch

logger = logging.getLogger("landing_site.serve")

MAX_WORKERS = 64
#: A file system in memory, which containers have even if all others are read-only.
MEMORY = "/dev/shm"  # noqa: S108


def main() -> None:
    """Read the options, and serve. Exit with status 1 and a line if that is impossible."""
    options = parse(sys.argv[1:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "landing_site.settings")
    with error_exit.exit_on_bad_configuration():
        # A wrong setting would end every worker.
        configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
    if problem := find_port_problem(options.host, options.port):
        raise SystemExit(problem)
    if options.workers > 1 and not settings.REDIS_URL:
        logger.warning("Without REDIS_URL, each of the workers counts only its own visitors")
    # make waits for its command, which does not get the signals that make gets.
    if "MAKELEVEL" in os.environ:
        parent_watch.follow()
    logging.getLogger("circus").setLevel(logging.WARNING)
    with _open_directory() as directory:
        sys.exit(_serve(options, Path(directory)))


def _open_directory() -> tempfile.TemporaryDirectory[str]:
    """Create a directory for sockets. Exit with a line if no file system is writable."""
    for parent in (None, MEMORY):
        with suppress(OSError):
            return tempfile.TemporaryDirectory(prefix="landing-", dir=parent)
    raise SystemExit(
        f"TMPDIR, /tmp, and {MEMORY} are not writable. The supervisor needs a directory for its "
        "sockets: mount one, such as a tmpfs at /tmp."
    )


def _serve(options: argparse.Namespace, directory: Path) -> int:
    """Run the supervisor to its end, and return the exit status."""
    message = "Process %d starts %d workers. SIGHUP restarts them."
    logger.info(message, os.getpid(), options.workers)
    try:
        supervisor = Supervisor(
            directory,
            workers=options.workers,
            host=options.host,
            port=options.port,
            pace=Pace(options.pause, options.ready_timeout),
        )
        supervisor.start().result()
    except (OSError, zmq.ZMQError) as error:
        # Such as a directory whose path is too long for a socket.
        logger.error("The supervisor cannot start: %s", error)
        return 1
    return int(supervisor.has_failed)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options. Exit with status 2 and a line that names a wrong one."""
    parser = argparse.ArgumentParser(prog="python -m landing_site.serve", description=__doc__)
    parser.add_argument("--workers", type=_workers, default=2, help="processes (default: 2)")
    parser.add_argument("--host", default="127.0.0.1", help="address (default: 127.0.0.1)")
    parser.add_argument("--port", type=_port, default=8000, help="port (default: 8000)")
    parser.add_argument(
        "--pause",
        type=_seconds,
        default=5.0,
        help="seconds between the restarts of two workers (default: 5)",
    )
    parser.add_argument(
        "--ready-timeout",
        type=_seconds,
        default=60.0,
        help="seconds that a restarted worker has until it listens (default: 60)",
    )
    return parser.parse_args(arguments)


def _workers(text: str) -> int:
    return _between(text, 1, MAX_WORKERS)


def _port(text: str) -> int:
    return _between(text, 1, 65535)


def _between(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"must be a whole number from {least} to {most}: {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 3600: {text!r}")
    return seconds


if __name__ == "__main__":
    main()
