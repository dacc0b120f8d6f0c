"""Variables of all templates of the site."""

from __future__ import annotations

from django.http import HttpRequest

from landing import conf


def base_template(request: HttpRequest) -> dict[str, str]:
    """Return the template around the pages of the app, for templates that extend such a page."""
    return {"base_template": conf.read().LANDING_BASE_TEMPLATE}
