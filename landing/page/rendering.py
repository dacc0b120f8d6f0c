"""Render the page: in the event loop if nothing can query, else in a thread.

A thread costs a tenth of the page. The page as shipped queries nothing, so it needs none. A
site's own template may show ``user``, a session, or rows of a table, and needs one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpRequest, HttpResponse
from django.template import Engine, loader
from django.template.backends.django import Template as DjangoTemplate
from django.template.loaders import cached, filesystem
from django.template.response import TemplateResponse

#: The templates of which the page consists.
SHIPPED_TEMPLATES = (
    "base.html",
    "landing/home.html",
    "live_user_counter/partials/activity_feed.html",
    "live_user_counter/partials/activity_item.html",
    "live_user_counter/partials/brand_styles.html",
    "live_user_counter/partials/counter.html",
    "landing/partials/languages.html",
)
#: Context processors that query only if a session is there, or never.
KNOWN_PROCESSORS = {"landing_site.context_processors.base_template"} | frozenset(
    f"django.{name}"
    for name in (
        "contrib.auth.context_processors.auth",
        "contrib.messages.context_processors.messages",
        "template.context_processors.csrf",
        "template.context_processors.debug",
        "template.context_processors.i18n",
        "template.context_processors.media",
        "template.context_processors.request",
        "template.context_processors.static",
        "template.context_processors.tz",
    )
)


class PageRenderer:
    """Renders one template, and knows whether it may do so in the event loop."""

    def __init__(self, name: str) -> None:
        self._name = name
        #: The compiled template that was examined, and the result.
        self._examined: Any = None
        self._may_query = True

    def respond(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        """Return the page: rendered, or to be rendered by Django in a thread."""
        try:
            template: Any = loader.get_template(self._name)
        except SynchronousOnlyOperation:  # templates come from the database
            return TemplateResponse(request, self._name, context)
        if self._examined is not template.template:
            self._examined, self._may_query = template.template, not is_as_shipped(template)
        # With a session, "user" and "perms" query. In an {% if %} with "and", Django would hide
        # the error and show a wrong page, so such a page never begins in the event loop.
        if not self._may_query and settings.SESSION_COOKIE_NAME not in request.COOKIES:
            try:
                return HttpResponse(template.render(context, request))
            except SynchronousOnlyOperation:
                self._may_query = True  # somebody has edited a shipped template
        return TemplateResponse(request, template, context)


def is_as_shipped(template: object) -> bool:
    """Return whether no template of the page is replaced and no context processor is added."""
    if not isinstance(template, DjangoTemplate):
        return False
    engine = template.template.engine
    return (
        KNOWN_PROCESSORS.issuperset(engine.context_processors)
        and all(map(_reads_files, engine.template_loaders))
        and all(_is_single(engine, name) for name in SHIPPED_TEMPLATES)
    )


def _reads_files(template_loader: object) -> bool:
    """Return whether all templates of a loader are files."""
    if isinstance(template_loader, cached.Loader):
        return all(map(_reads_files, template_loader.loaders))
    return isinstance(template_loader, filesystem.Loader)  # its subclass reads those of apps


def _is_single(engine: Engine, name: str) -> bool:
    """Return whether exactly one file has this name, so that none replaces another."""
    sources = (each.get_template_sources(name) for each in engine.template_loaders)
    return sum(Path(origin.name).is_file() for found in sources for origin in found) == 1
