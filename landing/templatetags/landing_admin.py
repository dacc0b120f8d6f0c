"""``{% load landing_admin %}``: tags of the admin's templates."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("admin/landing/key_figures.html")
def landing_key_figures() -> dict[str, Any]:
    """Render the dashboard's key figures with a link to it."""
    # Django imports all libraries of tags, also in a project without its admin.
    from ..admin import key_figures

    return key_figures.build_context()
