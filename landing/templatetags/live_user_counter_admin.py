"""``{% load live_user_counter_admin %}``: tags of the admin's templates."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from ..conf import spell
from ..names import admin_url
from ..page.assets import scripts

register = template.Library()

PAGES = {"dashboard": scripts.DASHBOARD, "live_map": scripts.LIVE_MAP}


@register.filter
def counter_admin_url(name: str) -> str:
    """Return the full name of an admin URL of this app, for ``{% url %}``."""
    return admin_url(name)


@register.filter
def counter_setting(name: str) -> str:
    """Return a setting as the owner of the project writes it."""
    return spell(name)


@register.simple_tag(takes_context=True)
def counter_script(context: Context, name: str) -> SafeString:
    """Return the ``<script>`` element of the page ``dashboard`` or ``live_map``."""
    return scripts.element(context, PAGES[name])


@register.inclusion_tag("live_user_counter/admin/key_figures.html")
def landing_key_figures() -> dict[str, Any]:
    """Render the dashboard's key figures with a link to it."""
    # Django imports all libraries of tags, also in a project without its admin.
    from ..admin import key_figures

    return key_figures.build_context()
