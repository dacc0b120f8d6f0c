"""System checks of the project around the installed package: whether it is wired.

They are silent in this repository. A project with the lines of ``docs/install.md`` has no findings.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse

from .. import conf
from ..live.middleware import lifespan
from ..names import LABEL, URLS
from .ids import full_id

#: The package, as a project imports it, and its folder.
PACKAGE = __name__.partition(".checks.")[0]
FOLDER = Path(__file__).resolve().parent.parent

Check = Callable[..., list[CheckMessage]]


def register_for_hosts(*, deploy: bool = False) -> Callable[[Check], Check]:
    """Register a check that has findings in a host only."""

    def decorate(check: Check) -> Check:
        @wraps(check)
        def check_host(**options: Any) -> list[CheckMessage]:
            return check(**options) if conf.is_host() else []

        return register(LABEL, deploy=deploy)(check_host)

    return decorate


@register_for_hosts()
def check_urls(**kwargs: Any) -> list[CheckMessage]:
    """W301: without the URLs, browsers have no address to connect to."""
    try:
        reverse(f"{URLS}:ws")
    except NoReverseMatch:
        return [
            Warning(
                f"The URLs of {PACKAGE} are not included, so its numbers do not change.",
                hint=f'Add path("live/", include("{PACKAGE}.urls")) to urlpatterns in '
                f"{settings.ROOT_URLCONF}.",
                id=full_id("W301"),
            )
        ]
    except Exception:  # noqa: BLE001  a mistake in the project's URLs, which Django's checks report
        return []
    return []


@register_for_hosts()
def check_asgi(**kwargs: Any) -> list[CheckMessage]:
    """W302: without ``wrap()``, nobody is counted. W303: without ASGI, nobody can be."""
    try:
        module, name = find_application()
    except LookupError:
        return [
            Warning(
                "The project has no ASGI application, so nobody is counted.",
                hint="Write asgi.py as django-admin startproject does, and name its application in "
                f"ASGI_APPLICATION. {_describe_wrap('asgi.py')}",
                id=full_id("W303"),
            )
        ]
    try:
        loaded = import_module(module)
    except ImproperlyConfigured as error:
        return [_describe_failure(module, error)] if _is_of_wrap(error) else []
    except Exception:  # noqa: BLE001  a mistake of the project, which its server reports
        return []
    # A project may run the checks while it loads this module, before it has the application.
    if not hasattr(loaded, name) or lifespan.is_wrapped():
        return []
    return [
        Warning(
            f"wrap() is missing in {module}, so nobody is counted.",
            hint=_describe_wrap(module),
            id=full_id("W302"),
        )
    ]


def find_application() -> tuple[str, str]:
    """Return the module of the ASGI application, and its name in it.

    Without ``ASGI_APPLICATION``, it is where ``startproject`` writes it: beside the WSGI
    application, the URLs, or the settings. Raise LookupError if there is no such module.
    """
    if path := getattr(settings, "ASGI_APPLICATION", None):
        module, _, name = str(path).replace(":", ".").rpartition(".")
        return module, name
    wsgi = str(getattr(settings, "WSGI_APPLICATION", None) or "").rpartition(".")[0]
    known = (wsgi, getattr(settings, "ROOT_URLCONF", None), _settings_module())
    for package in (parent for each in known if each for parent in _parents(each)):
        if _exists(module := f"{package}.asgi"):
            return module, "application"
    raise LookupError


def _settings_module() -> str:
    return str(getattr(settings, "SETTINGS_MODULE", None) or "")


def _parents(module: str) -> list[str]:
    """Return the packages around a module, the nearest one first."""
    parts = module.split(".")[:-1]
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]


def _exists(module: str) -> bool:
    try:
        return module in sys.modules or find_spec(module) is not None
    except Exception:  # noqa: BLE001  the package around it belongs to the project
        return False


def _is_of_wrap(error: BaseException) -> bool:
    """Return whether ``wrap()`` raised an error."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return False
    return Path(trace.tb_frame.f_code.co_filename).resolve().is_relative_to(FOLDER)


def _describe_failure(module: str, error: Exception) -> Warning:
    return Warning(f"{module}: {error}", hint=_describe_wrap(module), id=full_id("W302"))


def _describe_wrap(module: str) -> str:
    return (
        f"At the end of {module}: import {PACKAGE}.asgi, and write "
        f"application = {PACKAGE}.asgi.wrap(application)"
    )
