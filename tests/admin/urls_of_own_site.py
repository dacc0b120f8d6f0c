"""Routes of a project with an admin site of its own name."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.urls import include, path

from landing.admin import register

site = AdminSite(name="backoffice")
register(site)

urlpatterns = [path("backoffice/", site.urls), path("live/", include("landing.urls"))]
