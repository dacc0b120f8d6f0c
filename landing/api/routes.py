"""The routes of the API: those of the REST framework, or only the stats without it."""

from __future__ import annotations

from importlib.util import find_spec

from django.apps import apps
from django.urls import URLPattern, path

from .plain_stats import plain_stats


def build(prefix: str = "") -> list[URLPattern]:
    """Return the routes below a prefix such as ``api/``."""
    if has_rest():
        return _build_rest(prefix)
    # Twice, because many clients do not follow the redirect to the path with the last slash.
    return [
        path(f"{prefix}stats/", plain_stats, name="stats"),
        path(f"{prefix}stats", plain_stats),
    ]


def has_rest() -> bool:
    """Return whether the project uses the REST framework, and the extra ``api`` is installed."""
    return apps.is_installed("rest_framework") and find_spec("drf_spectacular") is not None


def _build_rest(prefix: str) -> list[URLPattern]:
    from .rest.activity_views import ActivitiesView
    from .rest.place_views import PlacesView
    from .rest.views import HistoryView, StatsView

    views = {
        "activities": ActivitiesView,
        "history": HistoryView,
        "places": PlacesView,
        "stats": StatsView,
    }
    return [
        *(path(f"{prefix}{name}/", view.as_view(), name=name) for name, view in views.items()),
        # At a redirect to the path with the last slash, many clients repeat a POST as a GET.
        *(path(f"{prefix}{name}", view.as_view(schema=None)) for name, view in views.items()),
    ]
