"""System checks of the settings of a host that the package needs: middleware, templates, files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.checks import CheckMessage, Info, Warning
from django.template import TemplateDoesNotExist, engines
from django.template.backends.django import DjangoTemplates
from django.utils.module_loading import import_string

from ..names import LABEL
from ..tables import own_database
from .host import FOLDER, PACKAGE, register_for_hosts
from .ids import full_id

#: The middleware as a project writes it.
MIDDLEWARE = f"{PACKAGE}.middleware.VisitorMiddleware"
#: The classes, by name: a project may have none of these apps, and then no module of them.
OWN = f"{PACKAGE}.analytics.middleware.VisitorMiddleware"
EARLIER = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
)
VENDORS = ("sqlite", "postgresql")
#: Files shown in a message.
MAX_SHOWN = 3


@register_for_hosts()
def check_middleware_order(**kwargs: Any) -> list[CheckMessage]:
    """W307: the visitor's session and user must be known to ``VisitorMiddleware``."""
    found = list(_find_middleware())
    own = next((place for place, each in enumerate(found) if _is(each, OWN)), None)
    if own is None:
        return []
    later = [
        settings.MIDDLEWARE[place]
        for place, each in enumerate(found)
        if place > own and _is(each, *EARLIER)
    ]
    if not later:
        return []
    return [
        Warning(
            f"{settings.MIDDLEWARE[own]} is before {' and '.join(later)}, so signed-in people "
            "count as visitors.",
            hint=f"Move {settings.MIDDLEWARE[own]} behind {later[-1]} in MIDDLEWARE.",
            id=full_id("W307"),
        )
    ]


# "check" alone has no findings if the lines of docs/install.md are there.
@register_for_hosts(deploy=True)
def check_middleware(**kwargs: Any) -> list[CheckMessage]:
    """I301: without the visitor cookie, similar browsers of one network are one person."""
    if any(_is(each, OWN) for each in _find_middleware()):
        return []
    return [
        Info(
            "Browsers without a cookie of the counter are distinguished by address and user agent. "
            "Equal browsers behind one address count as one person.",
            hint=f'To count each browser, add "{MIDDLEWARE}" at the end of MIDDLEWARE.',
            id=full_id("I301"),
        )
    ]


@register_for_hosts()
def check_templates(**kwargs: Any) -> list[CheckMessage]:
    """W308: a template of the project replaces ours. W309: our templates cannot be loaded."""
    names = list(template_names())
    backends = [each for each in engines.all() if isinstance(each, DjangoTemplates)]
    found = [{name: _find_template(backend, name) for name in names} for backend in backends]
    loadable = [each for each in found if None not in each.values()]
    if not loadable:
        return [
            Warning(
                f"The templates of {PACKAGE} cannot be loaded.",
                hint='Set "APP_DIRS": True in TEMPLATES, or add the loader '
                '"django.template.loaders.app_directories.Loader".',
                id=full_id("W309"),
            )
        ]
    replaced = sorted(
        {str(path) for each in loadable for path in each.values() if not _is_own(path)}
    )
    if not replaced:
        return []
    return [
        Warning(
            f"Templates of the project replace those of {PACKAGE}: {_join(replaced)}.",
            hint="They do not change with a new release. Rename them, or silence "
            f"{full_id('W308')} if you keep them up to date.",
            id=full_id("W308"),
        )
    ]


@register_for_hosts()
def check_static_files(**kwargs: Any) -> list[CheckMessage]:
    """W310: the dashboard and the other pages of the app need static files.

    The elements in the project's own pages do not: the app has a route to their files.
    """
    if problem := _find_static_problem():
        return [Warning(problem[0], hint=problem[1], id=full_id("W310"))]
    return []


@register_for_hosts()
def check_database(**kwargs: Any) -> list[CheckMessage]:
    """W311: some statements are in the SQL of these databases only."""
    vendor = own_database.connection().vendor
    if vendor in VENDORS:
        return []
    return [
        Warning(
            f"The tables of {PACKAGE} need SQLite or PostgreSQL, and their database is {vendor}.",
            hint="Counting works, but figures of the past do not. Let a database router send the "
            f"app {LABEL} to a SQLite or PostgreSQL database.",
            id=full_id("W311"),
        )
    ]


def _find_static_problem() -> tuple[str, str] | None:
    """Return the problem of the static files, and its remedy; None if they are found."""
    if not apps.is_installed("django.contrib.staticfiles"):
        return (
            "django.contrib.staticfiles is not installed, so the dashboard has no styles.",
            'Add "django.contrib.staticfiles" to INSTALLED_APPS.',
        )
    if not settings.STATIC_URL:
        return ("STATIC_URL is not set, so static files have no address.", 'Such as "static/".')
    name = next(_relative_files(FOLDER / "static"), None)
    if name is not None and finders.find(name) is None:
        return (
            f"No finder of static files finds those of {PACKAGE}.",
            'Add "django.contrib.staticfiles.finders.AppDirectoriesFinder" to STATICFILES_FINDERS.',
        )
    return None


def template_names() -> Iterator[str]:
    """Yield the names of the package's templates."""
    return _relative_files(FOLDER / "templates")


def _relative_files(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix()


def _find_template(backend: DjangoTemplates, name: str) -> str | None:
    """Return the place of the template that this name loads, or None. It is not compiled."""
    for loader in backend.engine.template_loaders:
        for origin in loader.get_template_sources(name):
            source: Any = origin.loader  # each class of loaders has this method
            try:
                source.get_contents(origin)
            except TemplateDoesNotExist:
                continue
            return str(origin.name)
    return None


def _is_own(path: str | None) -> bool:
    return path is not None and Path(path).resolve().is_relative_to(FOLDER)


def _find_middleware() -> Iterator[Any]:
    """Yield the object behind each path of ``MIDDLEWARE``, None for one that Django reports."""
    for path in settings.MIDDLEWARE:
        try:
            yield import_string(path)
        except Exception:  # noqa: BLE001  a module of any package
            yield None


def _is(found: Any, *classes: str) -> bool:
    """Return whether a class is one of these, or derives from it."""
    bases = found.__mro__ if isinstance(found, type) else ()
    return any(f"{base.__module__}.{base.__qualname__}" in classes for base in bases)


def _join(names: list[str]) -> str:
    shown = ", ".join(names[:MAX_SHOWN])
    more = len(names) - MAX_SHOWN
    return f"{shown}, and {more} more" if more > 0 else shown
