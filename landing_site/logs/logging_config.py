"""The value of ``LOGGING``: loggers, levels, and formats."""

from __future__ import annotations

from typing import Any

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
#: The formatter of each format.
FORMATS = {
    "text": "landing_site.logs.formatters.TextFormatter",
    "json": "landing_site.logs.formatters.JsonFormatter",
}


def build_config(level: str, format_name: str) -> dict[str, Any]:
    """Return ``LOGGING`` for one of :data:`LEVELS` and a key of :data:`FORMATS`.

    The level DEBUG applies to this project only. Other packages write a debug line for each
    frame, query, or callback, and some contain addresses.
    """
    others = "INFO" if level == "DEBUG" else level
    # Other servers would write the tracebacks of this project in another format, and they set
    # levels of their own. The parents and siblings of their loggers stay as they are: configuring
    # those would turn on access logs that an operator has turned off.
    server = {"handlers": ["console"], "propagate": False, "level": others}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"chosen": {"()": FORMATS[format_name]}},
        "filters": {
            "failed_requests": {"()": "landing_site.logs.filters.FailedRequests"},
            "request_id": {"()": "landing_site.logs.filters.RequestId"},
            "without_client": {"()": "landing_site.logs.filters.WithoutClient"},
            "without_connections": {"()": "landing_site.logs.filters.WithoutConnections"},
            "without_url": {"()": "landing_site.logs.filters.WithoutUrl"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "chosen",
                # Some packages, such as Django, set levels of their own.
                "level": level,
                "filters": ["failed_requests", "request_id"],
            }
        },
        "root": {"handlers": ["console"], "level": others},
        "loggers": {
            "landing": {"level": level},
            "landing_site": {"level": level},
            # With Django's own handlers, every line would be logged twice.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            "django.security.csrf": {"filters": ["without_url"]},
            "uvicorn.error": {**server, "filters": ["without_connections"]},
            "gunicorn.error": server,
            "daphne.server": {"filters": ["without_client"]},
            # It logs several lines for each failed login. "manage.py axes_list_attempts" lists
            # them.
            "axes": {"level": "ERROR"},
            # It logs a traceback every second during a Redis outage. The worker logs one line.
            "channels_redis.pubsub": {"level": "CRITICAL"},
        },
    }
