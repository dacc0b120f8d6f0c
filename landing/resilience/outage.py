"""Says once that something is away, and once that it is back.

Owns the log lines of a dependency that fails and recovers, so that an outage
under load is two lines instead of one per request. Knows no dependency.
"""

from __future__ import annotations

import logging


class Outage:
    """The state of one dependency; ``consequence`` says what its absence means."""

    def __init__(self, logger: logging.Logger, subject: str, consequence: str) -> None:
        self._logger = logger
        self._subject = subject
        self._consequence = consequence
        #: whether the last call failed
        self.lasts = False

    def began(self, error: BaseException) -> None:
        """A call failed; says so if the last one did not."""
        if not self.lasts:
            self.lasts = True
            self._logger.error("%s failed; %s: %s", self._subject, self._consequence, _line(error))

    def ended(self) -> None:
        """A call went through; says so if the last one did not."""
        if self.lasts:
            self.lasts = False
            self._logger.warning("%s works again", self._subject)


def _line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
