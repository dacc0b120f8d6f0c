"""The routes of a site that uses the app but not Django's admin."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
