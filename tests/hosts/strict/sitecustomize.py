"""Makes every warning of a host's process visible: Python's as errors, and logged ones in a file.

Python imports this module at its start, because the hosts have its folder in ``PYTHONPATH``.
"""

import logging
import os
import warnings

#: Packages whose own code warns, which neither the host nor the counter can change.
OTHERS = ("autobahn", "daphne", "hypercorn", "twisted", "txaio", "uvicorn", "websockets")

warnings.simplefilter("error")
for _name in OTHERS:
    warnings.filterwarnings("ignore", module=rf"{_name}(\.|$)")
# The first process of Uvicorn leaves its listening socket open, which has no other end.
LISTENING = r"unclosed <socket\.socket [^>]*laddr=\('[\d.]+', \d+\)>$"
warnings.filterwarnings("ignore", LISTENING, ResourceWarning)
# ServeStatic leaves a file open if the browser leaves before the end of the answer.
SERVED = r"unclosed file <_io\.BufferedReader name='[^']*/staticfiles/"
warnings.filterwarnings("ignore", SERVED, ResourceWarning)

_handle = logging.Logger.handle


def _is_slow_step(record: logging.LogRecord) -> bool:
    """Return whether asyncio's debug mode reports a slow step, as a busy machine makes them."""
    return record.name == "asyncio" and str(record.msg).startswith("Executing")


def _handle_and_keep(logger: logging.Logger, record: logging.LogRecord) -> None:
    if record.levelno >= logging.WARNING and not _is_slow_step(record):
        with open(os.environ["HOST_WARNINGS"], "a", encoding="utf-8") as kept:
            print(f"{record.levelname} {record.name}: {record.getMessage()}", file=kept)
    _handle(logger, record)


if "HOST_WARNINGS" in os.environ:
    logging.Logger.handle = _handle_and_keep
