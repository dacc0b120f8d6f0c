"""Routes of the project, with those of the counter."""

from __future__ import annotations

from django.urls import include, path

from tests.e2e.hosted.views import page, sign_in

urlpatterns = [
    path("", page),
    path("sign-in/", sign_in),
    path("live/", include("landing.urls")),
]
