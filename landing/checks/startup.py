"""Log the errors of a host's settings, and who counts as one person, when its server starts.

An ASGI server runs no system checks, so a mistake would be silent or a traceback without its cause.
The site of this repository runs all checks itself and refuses to start.
"""

from __future__ import annotations

import logging
from functools import cache

from .. import conf
from . import app_settings, channel_layer, host_apps, setting_names

logger = logging.getLogger(__name__)

CHECKS = (
    setting_names.check_dictionary,
    setting_names.check_keys,
    app_settings.check_each_setting,
    app_settings.check_lease,
    app_settings.check_buffer,
    channel_layer.check_redis_packages,
    host_apps.check_middleware,
)


@cache
def log_findings() -> None:
    """Log a line per finding, once per process."""
    if not conf.is_host():
        return
    for check in CHECKS:
        for message in check():
            logger.log(message.level, "%s: %s", message.id, message.msg)
