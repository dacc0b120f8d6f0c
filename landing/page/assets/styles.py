"""The style sheet of the elements, once per page: with the first tag, or earlier in the head."""

from __future__ import annotations

from typing import Any

from django.template import Context
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from ...brand.current import current
from . import nonces
from .own_files import address

#: The style sheet of all elements.
ELEMENTS = "live_user_counter/live-user-counter.css"
#: The style sheet of the pages about privacy and of shared links.
PAGES = "live_user_counter/pages.css"
#: Where a page keeps the addresses of the sheets that it loads.
LOADED = "_live_styles"


def elements(context: Context) -> SafeString:
    """Return ``<link>`` elements for the sheets that no earlier tag of the page has loaded."""
    return _load(context, address(ELEMENTS), current().accent_url)


def pages(context: Context) -> SafeString:
    """Return the ``<link>`` elements of the pages about privacy and of shared links."""
    return _load(context, address(PAGES), current().accent_url)


def _load(context: Context, *urls: str) -> SafeString:
    # The contexts of all templates of a page share this dictionary, also after "include only".
    page: dict[Any, Any] = context.render_context.dicts[0]
    loaded: list[str] = page.setdefault(LOADED, [])
    missing = [url for url in urls if url and url not in loaded]
    loaded += missing
    links = ((url, nonces.attribute(context)) for url in missing)
    return format_html_join("", '<link rel="stylesheet" href="{}"{}>', links)
