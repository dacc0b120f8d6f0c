"""Routes of the health checks. Mount them at ``/health/``."""

from __future__ import annotations

from django.urls import path

from ..names import URLS
from . import views

app_name = f"{URLS}-health"

urlpatterns = [
    path("", views.ready, name="health"),
    path("live", views.live, name="live"),
    path("ready", views.ready, name="ready"),
]
