"""Routes of a site that uses the app without Django's admin."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
