"""The routes of a project: one page, the counter, and the admin if the project has it."""

from __future__ import annotations

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import URLPattern, URLResolver, include, path

PAGE = (
    "{% load live_user_counter %}"
    "{% live_user_counter minimum=0 %}{% live_activity_feed %}{% live_places %}"
)


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(PAGE).render({}, request))


urlpatterns: list[URLPattern | URLResolver] = [
    path("", home),
    path("live/", include("landing.urls")),
]
if apps.is_installed("django.contrib.admin"):
    urlpatterns.append(path("admin/", admin.site.urls))
