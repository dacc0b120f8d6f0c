"""Log the errors of a host's settings when its server starts.

An ASGI server runs no system checks, so a mistake would be silent or a traceback without its cause.
The site of this repository runs all checks itself and refuses to start.
"""

from __future__ import annotations

import logging
from functools import cache

from .. import conf
from . import app_settings, channel_layer, setting_names

logger = logging.getLogger(__name__)

CHECKS = (
    setting_names.check_dictionary,
    setting_names.check_keys,
    app_settings.check_each_setting,
    app_settings.check_lease,
    app_settings.check_buffer,
    channel_layer.check_redis_packages,
)


@cache
def log_errors() -> None:
    """Log a line per error, once per process."""
    if not conf.is_host():
        return
    for check in CHECKS:
        for message in check():
            logger.error("%s: %s", message.id, message.msg)
