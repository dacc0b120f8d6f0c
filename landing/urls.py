"""The routes of the app: ``path("live/", include("live_user_counter.urls"))`` in a project.

The site of this repository has the same routes at addresses of its own.
"""

from __future__ import annotations

from django.apps import apps
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, path

from . import conf
from .api import routes
from .brand.views import brand_file
from .content.logo.views import logo_file
from .metrics.views import prometheus
from .names import URLS
from .page.assets.own_files import own_file
from .page.endpoints import upgrade_required
from .privacy.views import privacy

app_name = URLS


def build(*, socket: str = "ws/", api: str = "") -> list[URLPattern]:
    """Return the routes: the WebSocket at ``socket``, and those of the API below ``api``."""
    patterns = [
        path(socket, upgrade_required, name="ws"),
        *routes.build(api),
        path("privacy/", privacy, name="privacy"),
        path("brand/logo/<str:name>", logo_file, name="logo"),
        path("brand/<slug:version>/<str:name>", brand_file, name="brand"),
        path("metrics", prometheus, name="metrics"),
    ]
    if conf.is_host():
        patterns.append(path("files/<slug:version>/<path:name>", own_file, name="file"))
    if apps.is_installed("django.contrib.admin"):
        patterns += _build_shared_dashboard()
    for each in patterns:
        # LoginRequiredMiddleware of a project would redirect the visitors of its public pages, who
        # may not sign in. Metrics and shared dashboards check the access themselves.
        login_not_required(each.callback)
    return patterns


def _build_shared_dashboard() -> list[URLPattern]:
    """Return the routes of shared links. The dashboard consists of templates of the admin."""
    from .admin.shared_links.views import shared_dashboard, shared_export

    return [
        path("shared-dashboard/<slug:prefix>/", shared_dashboard, name="shared_dashboard"),
        path("shared-dashboard/<slug:prefix>/export/", shared_export, name="shared_export"),
    ]


urlpatterns = build()
