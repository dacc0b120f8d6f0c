"""The options of the load programs for the intervals of the measured site."""

from __future__ import annotations

import argparse

NAMES = ("heartbeat", "lease", "linger")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add an option for each interval."""
    for name in NAMES:
        parser.add_argument(f"--{name}", type=float, metavar="SECONDS")


def variables(arguments: argparse.Namespace) -> dict[str, str]:
    """Return the environment variables of the options that are given."""
    given = {
        f"LANDING_{name.upper()}_SECONDS": str(value)
        for name in NAMES
        if (value := getattr(arguments, name)) is not None
    }
    if arguments.heartbeat is not None:
        given["LANDING_REDIS_TIMEOUT_SECONDS"] = str(0.8 * arguments.heartbeat)
        given["LANDING_STATS_REFRESH_SECONDS"] = str(arguments.heartbeat)
    return given
