"""Routes of the project, without those of the counter."""

from __future__ import annotations

from django.urls import path

from tests.e2e.hosted.views import page

urlpatterns = [path("", page)]
