"""Routes of the page and the metrics. Mount them at the site's root."""

from __future__ import annotations

from django.apps import apps
from django.urls import path

from . import conf
from .brand.views import brand_file
from .content.logo.views import logo_file
from .metrics.views import prometheus
from .names import URLS
from .page import views
from .page.endpoints import upgrade_required
from .page.own_files import own_file
from .privacy.views import privacy

app_name = URLS

urlpatterns = [
    path("", views.home, name="home"),
    path("privacy/", privacy, name="privacy"),
    path("brand/logo/<str:name>", logo_file, name="logo"),
    path("brand/<slug:version>/<str:name>", brand_file, name="brand"),
    path("metrics", prometheus, name="metrics"),
    path("ws/" if conf.is_host() else "ws/landing/", upgrade_required, name="ws"),
]

if conf.is_host():
    urlpatterns.append(path("files/<slug:version>/<path:name>", own_file, name="file"))

if apps.is_installed("django.contrib.admin"):
    # The dashboard consists of templates of the admin.
    from .admin.shared_links.views import shared_dashboard, shared_export

    urlpatterns += [
        path("shared-dashboard/<slug:prefix>/", shared_dashboard, name="shared_dashboard"),
        path("shared-dashboard/<slug:prefix>/export/", shared_export, name="shared_export"),
    ]
