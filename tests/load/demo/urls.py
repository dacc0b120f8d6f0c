"""Routes of the demo: those of the site, and a landing page at each path of a visit."""

from __future__ import annotations

from django.urls import path

from landing.analytics.demo import journeys
from landing_site import urls as site
from landing_site.home import home

handler400, handler403 = site.handler400, site.handler403
handler404, handler500 = site.handler404, site.handler500

urlpatterns = [
    *site.urlpatterns,
    *(path(page.removeprefix("/"), home) for page in sorted(journeys.PAGES - {"/"})),
]
