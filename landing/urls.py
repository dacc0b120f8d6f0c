"""Routes of the page and the metrics. Mount them at the site's root."""

from __future__ import annotations

from django.urls import path

from .metrics.views import prometheus
from .page import views
from .privacy.views import privacy

app_name = "landing"

urlpatterns = [
    path("", views.home, name="home"),
    path("privacy/", privacy, name="privacy"),
    path("metrics", prometheus, name="metrics"),
]
