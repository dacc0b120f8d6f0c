"""Requests to the API from its OpenAPI schema, with all checks of Schemathesis."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.services import children
from tests.services.site import ROOT, DaphneServer, environment

#: The limits of an honest client would keep most requests away from the views.
UNLIMITED = {
    "LANDING_STATS_THROTTLE_RATE": "1000000/min",
    "LANDING_ACTIVITY_THROTTLE_RATE": "1000000/min",
}
TIMEOUT_SECONDS = 3_600


def create_token(server: DaphneServer) -> str:
    """Return the key of a new token that may publish all kinds."""
    return server.manage("activity_token", "create", "fuzz").strip()


def run(
    server: DaphneServer, directory: Path, *, seed: int, examples: int, token: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Send ``examples`` requests per operation, with the token if there is one.

    The status is 1 if a check failed, and the output names the requests. ``directory`` gets the
    files of Schemathesis.
    """
    header = [] if token is None else ["--header", f"Authorization: Api-Key {token}"]
    command = [sys.executable, "-m", "schemathesis.cli", "run", *_options(seed, examples), *header]
    return children.run(
        [*command, f"{server.url}/api/schema/?format=json"],
        TIMEOUT_SECONDS,
        cwd=directory,
        env=environment(_VARIABLES),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


_VARIABLES: Mapping[str, str] = {
    "PYTHONPATH": str(ROOT),
    "SCHEMATHESIS_HOOKS": "tests.load.fuzz.schema_hooks",
}


def _options(seed: int, examples: int) -> list[str]:
    options = {"--checks": "all", "--seed": seed, "--max-examples": examples}
    options |= {"--generation-database": "none", "--warnings": "off"}
    pairs = [text for option in options.items() for text in map(str, option)]
    return [*pairs, "--continue-on-failure", "--no-color"]
