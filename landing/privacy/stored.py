"""The facts about the stored data that the privacy page states."""

from __future__ import annotations

from typing import NamedTuple

from .. import conf
from ..analytics import middleware


class Stored(NamedTuple):
    """Whether there are a cookie, page views, and places, and how long everything is kept."""

    has_cookie: bool
    has_page_views: bool
    #: Without page views, there can still be rows that connections leave.
    has_rows: bool
    cookie_days: int
    dwell_minutes: int
    is_pruned: bool
    retention_days: int
    has_places: bool


def current() -> Stored:
    """Return the facts of the current settings."""
    settings, records_pages = conf.read(), middleware.is_installed()
    return Stored(
        has_cookie=settings.LANDING_VISITOR_COOKIE and records_pages,
        has_page_views=records_pages,
        has_rows=records_pages or not settings.LANDING_VISITOR_COOKIE,
        cookie_days=settings.LANDING_VISITOR_COOKIE_DAYS,
        dwell_minutes=settings.LANDING_ANALYTICS_HEARTBEAT_MINUTES,
        is_pruned=settings.LANDING_PRUNE_DAILY,
        retention_days=settings.LANDING_RETENTION_DAYS,
        has_places=settings.LANDING_MAX_PLACES > 0,
    )
