"""One worker: Daphne on the listening socket that the supervisor passes as standard input."""

from __future__ import annotations

import runpy
import sys

from landing_site import parent

#: Of a frame and of a message, as in the Procfile.
MAX_BYTES = "65536"
ARGUMENTS = (
    *("--fd", "0", "-v", "0"),
    *("--websocket-max-message-size", MAX_BYTES, "--websocket-max-frame-size", MAX_BYTES),
    "landing_site.asgi:application",
)


def main() -> None:
    """Serve until a signal arrives or the supervisor is gone."""
    parent.follow()
    sys.argv = ["daphne", *ARGUMENTS]
    runpy.run_module("daphne", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
