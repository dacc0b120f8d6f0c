"""The script of the elements: one classic script, or ES modules.

Any static files storage can serve the classic script. Modules need one that replaces the names in
``import`` statements. ``make bundle`` builds the script from the modules.
"""

from __future__ import annotations

from typing import Any

from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ... import conf
from . import nonces, preloads
from .own_files import address

BUNDLE = "live_user_counter/live-user-counter.js"
#: The modules that define the counter and the feed, and the list of places.
MAIN = "live_user_counter/js/main.js"
PLACES = "live_user_counter/js/elements/live-places.js"
#: Whether a tag of the page has loaded the script.
LOADED = "_live_script"


def element(context: Context, module: str) -> SafeString:
    """Return the ``<script>`` element for a tag; empty if an earlier tag of the page has it.

    A browser runs a module once, however often the page names it, but a classic script each time.
    """
    if not _is_classic():
        template = '<script type="module" src="{}"{}></script>'
        return format_html(template, static(module), nonces.attribute(context))
    # The contexts of all templates of a page share this dictionary, also after "include only".
    page: dict[Any, Any] = context.render_context.dicts[0]
    if LOADED in page:
        return SafeString()
    page[LOADED] = True
    return format_html(
        '<script defer src="{}"{}></script>', address(BUNDLE), nonces.attribute(context)
    )


def preload_header() -> str:
    """Return a ``Link`` header with which browsers fetch the scripts of the elements at once."""
    if _is_classic():
        return f"<{address(BUNDLE)}>; rel=preload; as=script"
    return preloads.link_header(MAIN)


def _is_classic() -> bool:
    return conf.read().LANDING_SCRIPT == "classic"
