"""Log the start and the end of an outage once each.

An outage under load then costs two log lines instead of one per failed request.
"""

from __future__ import annotations

import logging


class Outage:
    """The state of one dependency, for example of the database.

    ``subject`` names the operation that fails and ``consequence`` its effect, for the log.
    """

    def __init__(self, logger: logging.Logger, subject: str, consequence: str) -> None:
        self._logger = logger
        self._subject = subject
        self._consequence = consequence
        #: Whether the last call failed.
        self.is_active = False

    def record_failure(self, error: BaseException) -> None:
        """Log the error if the previous call succeeded."""
        if not self.is_active:
            self.is_active = True
            self._logger.error(
                "%s failed; %s: %s", self._subject, self._consequence, _as_line(error)
            )

    def record_success(self) -> None:
        """Log the recovery if the previous call failed."""
        if self.is_active:
            self.is_active = False
            self._logger.warning("%s works again", self._subject)


def _as_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
