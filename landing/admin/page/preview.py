"""Render the landing page with a draft of its content."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from ... import conf, stats
from ...content.current import show_draft
from ...content.values import Content
from ...stats import StatsSnapshot

#: Without scripts, the preview is not one more person on the page. Styles and pictures may come
#: from anywhere, because the static files of a project may be on another host.
POLICY = "; ".join(
    f"{directive} 'none'"
    for directive in ("script-src", "object-src", "base-uri", "form-action", "frame-ancestors")
)


def render(
    request: HttpRequest, draft: Content, language: str, warnings: Sequence[str]
) -> HttpResponse:
    """Return the page in a language of the site, by default in that of ``LANGUAGE_CODE``."""
    languages = {code for code, _ in settings.LANGUAGES}
    shown = language if language in languages else settings.LANGUAGE_CODE
    live = stats.snapshot()
    context = {"live": live, "is_below": _is_below_minimum(draft, live), "warnings": warnings}
    with translation.override(shown), show_draft(draft):
        page = render_to_string("live_user_counter/admin/page/preview.html", context, request)
    return HttpResponse(page, headers={"Content-Security-Policy": POLICY})


def _is_below_minimum(draft: Content, live: StatsSnapshot) -> bool:
    """Return whether the counter shows words now, which hide the line under it."""
    values = conf.read()
    is_online = values.LANDING_COUNTER_METRIC == "online"
    people = live.online.people if is_online else live.active_users_now
    minimum = values.LANDING_COUNTER_MINIMUM if draft.minimum is None else draft.minimum
    return people is not None and people < minimum
