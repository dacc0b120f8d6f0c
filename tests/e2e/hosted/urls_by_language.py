"""Routes of the project, whose pages and counter have a prefix per language."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from tests.e2e.hosted.views import page

urlpatterns = [path("", page), *i18n_patterns(path("", page), path("l/", include("landing.urls")))]
