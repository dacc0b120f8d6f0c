"""Routes of the API. Mount them at ``/api/landing/``."""

from __future__ import annotations

from django.urls import path

from .activity_views import ActivitiesView
from .views import HistoryView, StatsView

app_name = "landing-api"

urlpatterns = [
    path("activities/", ActivitiesView.as_view(), name="activities"),
    path("history/", HistoryView.as_view(), name="history"),
    path("stats/", StatsView.as_view(), name="stats"),
]
