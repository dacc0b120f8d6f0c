"""The scripts of the elements, the dashboard, and the live map: classic scripts, or ES modules.

Any static files storage can serve a classic script. Modules need one that replaces the names in
``import`` statements. ``make bundle`` builds the classic scripts from the modules.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ... import conf
from . import nonces, preloads
from .own_files import address

FOLDER = "live_user_counter/"
#: The names of the classic scripts that the page has.
LOADED = "_live_scripts"


class Script(NamedTuple):
    """The same code as a classic script and as an ES module."""

    classic: str
    module: str


MAIN = Script("live-user-counter.js", "js/main.js")
#: The classic script has all elements.
PLACES = MAIN._replace(module="js/elements/live-places.js")
DASHBOARD = Script("dashboard.js", "dashboard/main.js")
LIVE_MAP = Script("live-map.js", "js/map/main.js")


def element(context: Context, script: Script) -> SafeString:
    """Return the ``<script>`` element for a tag; empty if an earlier tag of the page has it.

    A browser runs a module once, however often the page names it, but a classic script each time.
    """
    if not _is_classic():
        template = '<script type="module" src="{}"{}></script>'
        return format_html(template, address(FOLDER + script.module), nonces.attribute(context))
    # The contexts of all templates of a page share this dictionary, also after "include only".
    page: dict[Any, Any] = context.render_context.dicts[0]
    loaded: set[str] = page.setdefault(LOADED, set())
    if script.classic in loaded:
        return SafeString()
    loaded.add(script.classic)
    template = '<script defer src="{}"{}></script>'
    return format_html(template, address(FOLDER + script.classic), nonces.attribute(context))


def of_shared_link(context: Context) -> SafeString:
    """Return the script that opens a shared link. It has no imports, so any storage serves it."""
    template = '<script type="module" src="{}"{}></script>'
    return format_html(template, address(f"{FOLDER}shared/open-link.js"), nonces.attribute(context))


def in_head(context: Context) -> SafeString:
    """Return the classic script of the elements for the head of a page; nothing for modules."""
    return element(context, MAIN) if _is_classic() else SafeString()


def preload_header() -> str:
    """Return a ``Link`` header with which browsers fetch the scripts of the elements at once."""
    if _is_classic():
        return f"<{address(FOLDER + MAIN.classic)}>; rel=preload; as=script"
    return preloads.link_header(FOLDER + MAIN.module)


def _is_classic() -> bool:
    return conf.read().LANDING_SCRIPT == "classic"
