"""System checks of a deployment: demo data, static files, and limits of the machine.

The checks ``E2xx`` and ``W2xx`` run when a server starts and in ``manage.py check --deploy``.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.checks import CheckMessage, Error, Warning, register

from .. import conf, measures
from ..names import LABEL
from .ids import full_id

logger = logging.getLogger(__name__)

#: Enough for 10,000 connections of one process and its other files.
MIN_OPEN_FILES = 10_240
#: Connections that may wait for one process. A reconnect storm brings 1,500 per second.
MIN_BACKLOG = 1024
SOMAXCONN = Path("/proc/sys/net/core/somaxconn")
#: The settings of a site whose metrics somebody scrapes.
METRICS_SETTINGS = ("LANDING_METRICS_TOKEN", "LANDING_METRICS_PORT")


@register(LABEL, deploy=True)
def check_simulation(**kwargs: Any) -> list[CheckMessage]:
    """W201: warn before real visitors see demo data, even labeled."""
    if settings.DEBUG or conf.read().LANDING_SIMULATED_FALLBACK is not True:
        return []
    return [
        Warning(
            f"{conf.spell('LANDING_SIMULATED_FALLBACK')} is on while DEBUG is off.",
            hint="Visitors may see demo data, labeled as such. Turn it off to prevent this.",
            id=full_id("W201"),
        )
    ]


@register(LABEL)
def check_metrics_package(**kwargs: Any) -> list[CheckMessage]:
    """W106: without prometheus-client, a scraper gets status 501."""
    names = [name for name in METRICS_SETTINGS if getattr(conf.read(), name)]
    if measures.HAS_PROMETHEUS or not names:
        return []
    return [
        Warning(
            f"{conf.spell(names[0])} is set, but prometheus_client cannot be imported, so there "
            "are no metrics.",
            hint='Run: python -m pip install "django-live-user-counter[metrics]"',
            id=full_id("W106"),
        )
    ]


@register(LABEL, deploy=True)
def check_static_files(**kwargs: Any) -> list[CheckMessage]:
    """E201: without collected files, pages cannot link to their hashed names."""
    # A host may collect its files after this check.
    if settings.DEBUG or conf.is_host() or not isinstance(staticfiles_storage, ManifestFilesMixin):
        return []
    if staticfiles_storage.read_manifest() is not None:
        return []
    return [
        Error(
            f"STATIC_ROOT has no collected static files ({settings.STATIC_ROOT}).",
            hint="Run: python manage.py collectstatic --noinput",
            id=full_id("E201"),
        )
    ]


@register(LABEL, deploy=True)
def check_open_files(**kwargs: Any) -> list[CheckMessage]:
    """W202: each connection is an open file, and the hard limit caps them."""
    allowed = max_open_files()
    if _leaves_machine_alone() or allowed is None or allowed >= MIN_OPEN_FILES:
        return []
    return [
        Warning(
            f"At most {allowed} files may be open, and each connection is one.",
            hint=f"Raise the limit (ulimit -Hn, LimitNOFILE=) to {MIN_OPEN_FILES} or more.",
            id=full_id("W202"),
        )
    ]


@register(LABEL, deploy=True)
def check_backlog(**kwargs: Any) -> list[CheckMessage]:
    """W203: the kernel caps the listen backlog."""
    allowed = max_backlog()
    if _leaves_machine_alone() or allowed is None or allowed >= MIN_BACKLOG:
        return []
    return [
        Warning(
            f"At most {allowed} connections may wait to be accepted, too few for a storm.",
            hint=f"Set the kernel's net.core.somaxconn to {MIN_BACKLOG} or more.",
            id=full_id("W203"),
        )
    ]


def warn_of_short_backlog(backlogs: Sequence[int]) -> None:
    """Log if the server listens with a shorter backlog, which no system check can know."""
    short = [backlog for backlog in backlogs if backlog < MIN_BACKLOG]
    if short and not settings.DEBUG:
        logger.warning(
            "Only %d connections may wait to be accepted, too few for a storm. "
            "Listen with: daphne -e tcp:port=8000:interface=0.0.0.0:backlog=4096",
            min(short),
        )


def _leaves_machine_alone() -> bool:
    """Return whether the limits of the machine are those of a developer, or of a host."""
    return settings.DEBUG or not conf.read().LANDING_PROCESS_TUNING


def max_open_files() -> int | None:
    """Return the hard limit of open files, or None if it is unlimited or unknown."""
    if sys.platform == "win32":
        return None
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if hard == resource.RLIM_INFINITY else hard


def max_backlog() -> int | None:
    """Return the kernel's limit of waiting connections, or None if it is unknown."""
    return int(SOMAXCONN.read_text(encoding="ascii")) if SOMAXCONN.exists() else None
