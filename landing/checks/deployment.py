"""System checks of a deployment: static files, and what the machine allows.

``E2xx`` and ``W2xx``, run at the start of a server and by ``manage.py check --deploy``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.checks import CheckMessage, Error, Warning, register

from .. import conf

#: A process of 10,000 sockets, and what else it has open.
MIN_OPEN_FILES = 10_240
#: Handshakes that may wait for one process: some 1,500 come in a second of a storm.
MIN_BACKLOG = 1024
SOMAXCONN = Path("/proc/sys/net/core/somaxconn")


@register("landing", deploy=True)
def check_simulation(**kwargs: Any) -> list[CheckMessage]:
    """W201: made-up numbers, even labelled ones, in front of real visitors."""
    if settings.DEBUG or conf.read().LANDING_SIMULATED_FALLBACK is not True:
        return []
    return [
        Warning(
            "LANDING_SIMULATED_FALLBACK is on outside DEBUG.",
            hint="Visitors may be shown demo data, labelled as such; switch it off to never do so.",
            id="landing.W201",
        )
    ]


@register("landing", deploy=True)
def check_static_files(**kwargs: Any) -> list[CheckMessage]:
    """E201: pages cannot name their static files."""
    if settings.DEBUG or not isinstance(staticfiles_storage, ManifestFilesMixin):
        return []
    if staticfiles_storage.read_manifest() is not None:
        return []
    return [
        Error(
            f"Static files are not collected in {settings.STATIC_ROOT}.",
            hint="Run: python manage.py collectstatic --noinput",
            id="landing.E201",
        )
    ]


@register("landing", deploy=True)
def check_open_files(**kwargs: Any) -> list[CheckMessage]:
    """W202: each socket is a file; the server takes as many as the hard limit allows."""
    allowed = most_open_files()
    if settings.DEBUG or allowed is None or allowed >= MIN_OPEN_FILES:
        return []
    return [
        Warning(
            f"Only {allowed} files may be open, and each socket is one.",
            hint=f"Raise the limit (ulimit -Hn, LimitNOFILE=) to {MIN_OPEN_FILES} or more.",
            id="landing.W202",
        )
    ]


@register("landing", deploy=True)
def check_backlog(**kwargs: Any) -> list[CheckMessage]:
    """W203: the kernel cuts any listen backlog to this."""
    allowed = longest_backlog()
    if settings.DEBUG or allowed is None or allowed >= MIN_BACKLOG:
        return []
    return [
        Warning(
            f"Only {allowed} connections may wait to be accepted, too few for a storm.",
            hint=f"Set the kernel's net.core.somaxconn to {MIN_BACKLOG} or more.",
            id="landing.W203",
        )
    ]


def most_open_files() -> int | None:
    """The hard limit; None where there is none, or none that is known."""
    if sys.platform == "win32":
        return None
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if hard == resource.RLIM_INFINITY else hard


def longest_backlog() -> int | None:
    """None where the kernel does not say."""
    return int(SOMAXCONN.read_text()) if SOMAXCONN.exists() else None
