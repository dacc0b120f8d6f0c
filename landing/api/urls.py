"""Routes of the API. Mount them at ``/api/landing/``."""

from __future__ import annotations

from django.urls import path
from rest_framework.views import APIView

from ..names import URLS
from .activity_views import ActivitiesView
from .place_views import PlacesView
from .views import HistoryView, StatsView

app_name = f"{URLS}-api"

VIEWS: dict[str, type[APIView]] = {
    "activities": ActivitiesView,
    "history": HistoryView,
    "places": PlacesView,
    "stats": StatsView,
}

urlpatterns = [
    *(path(f"{name}/", view.as_view(), name=name) for name, view in VIEWS.items()),
    # The same without the last slash: at a redirect, many clients repeat a POST as a GET.
    *(path(name, view.as_view(schema=None)) for name, view in VIEWS.items()),
]
