"""A site's own views that render templates based on the landing page."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import include, path
from django.views.generic import TemplateView

from landing.models import Analytics

TEMPLATE = "own.html"
register = template.Library()


def sync_view(request: HttpRequest) -> HttpResponse:
    return render(request, TEMPLATE)


async def async_view(request: HttpRequest) -> HttpResponse:
    return render(request, TEMPLATE)


async def lazy_view(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, TEMPLATE)


def view_with_another_live(request: HttpRequest) -> HttpResponse:
    messages.info(request, "Welcome")
    return render(request, TEMPLATE, {"live": "tonight"})


def provide_rows(request: HttpRequest) -> dict[str, QuerySet[Analytics]]:
    """Add a queryset to every template, as a site's own context processor may."""
    return {"rows": Analytics.objects.all()}


@register.simple_tag
def stored_rows() -> QuerySet[Analytics]:
    """Return a queryset, which a template evaluates."""
    return Analytics.objects.all()


urlpatterns: list[Any] = [
    path("sync", sync_view),
    path("async", async_view),
    path("lazy", lazy_view),
    path("class", TemplateView.as_view(template_name=TEMPLATE)),
    path("live", view_with_another_live),
    path("", include("landing_site.urls")),
]
