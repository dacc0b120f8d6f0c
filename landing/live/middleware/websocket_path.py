"""The path of the live WebSocket, as the URLs of the project define it."""

from __future__ import annotations

import logging
from functools import lru_cache
from urllib.parse import unquote

from django.conf import settings
from django.urls import (
    NoReverseMatch,
    URLResolver,
    get_resolver,
    get_script_prefix,
    reverse,
    set_script_prefix,
)
from django.utils import translation

from ...names import URLS

logger = logging.getLogger(__name__)


def is_live_websocket(path: str) -> bool:
    """Return whether a path below the root path is that of the live WebSocket.

    Below ``i18n_patterns``, its first part names the language of the page.
    """
    resolver = get_resolver(settings.ROOT_URLCONF)
    if path == _find_path(resolver, settings.LANGUAGE_CODE):
        return True
    language = translation.get_language_from_path(path)
    return language is not None and path == _find_path(resolver, language)


# A resolver is replaced if the URLs change, as in tests.
@lru_cache(maxsize=256)
def _find_path(resolver: URLResolver, language: str) -> str | None:
    """Return the decoded path without the root path; None if the URLs are not included."""
    prefix = get_script_prefix()
    set_script_prefix("/")
    try:
        with translation.override(language):
            return unquote(reverse(f"{URLS}:ws", urlconf=settings.ROOT_URLCONF))
    except NoReverseMatch:
        _report_missing(resolver)
        return None
    finally:
        set_script_prefix(prefix)


@lru_cache(maxsize=1)
def _report_missing(resolver: URLResolver) -> None:
    """Log the missing URL, once per process."""
    package = __name__.partition(".live.")[0]
    logger.error(
        'The live WebSocket has no URL, so pages show a number that does not change. Add path("'
        'live/", include("%s.urls")) to the urlpatterns in %s.',
        package,
        settings.ROOT_URLCONF,
    )
