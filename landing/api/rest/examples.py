"""Examples of requests and responses, for the documentation of the API."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

from ...live.current_snapshot import Source

_NOW = "2026-01-31T12:00:00.123Z"
_ONLINE = {"people": 61, "connections": 84, "signed_in": 12, "anonymous": 49, "suspect": 0.0}
_TODAY = {"visitors": 1208, "page_views": 4310, "peak_people": 97}
_ACTIVITY = {
    "id": 7,
    "kind": "purchase",
    "text": "bought the yearly plan",
    "actor": "Ana",
    "timestamp": _NOW,
}
_EPOCH = "5f1c0a9e"

STATS = [
    OpenApiExample(
        "61 people here now, 214 in the last 15 minutes",
        {
            "active_users_now": 214,
            "window_minutes": 15,
            "online": _ONLINE,
            "today": _TODAY,
            "source": Source.LIVE.value,
            "as_of": _NOW,
            "epoch": _EPOCH,
            "version": 48_213,
        },
        response_only=True,
        status_codes=["200"],
    ),
    OpenApiExample(
        "With `?place=/pricing`, on which 12 of them are",
        {
            "active_users_now": 214,
            "window_minutes": 15,
            "online": _ONLINE,
            "today": _TODAY,
            "source": Source.LIVE.value,
            "as_of": _NOW,
            "epoch": _EPOCH,
            "version": 48_213,
            "here": 12,
        },
        response_only=True,
        status_codes=["200"],
    ),
    OpenApiExample(
        "No count is known yet",
        {
            "active_users_now": None,
            "window_minutes": 15,
            "online": dict.fromkeys(_ONLINE),
            "today": dict.fromkeys(_TODAY),
            "source": Source.UNKNOWN.value,
            "as_of": None,
            "epoch": None,
            "version": 0,
        },
        response_only=True,
        status_codes=["200"],
    ),
]
PLACES = [
    OpenApiExample(
        "61 people, 2 of them on a page whose number is hidden",
        {
            "people": 61,
            "elsewhere": 9,
            "places": [
                {"place": "/", "people": 40},
                {"place": "/pricing", "people": 12},
                {"place": "/blog/café", "people": None},
            ],
            "source": Source.LIVE.value,
            "as_of": _NOW,
            "epoch": _EPOCH,
            "version": 48_213,
        },
        response_only=True,
        status_codes=["200"],
    ),
]
HISTORY = [
    OpenApiExample(
        "The last hour, in one step",
        {
            "hours": 1,
            "step_minutes": 60,
            "points": [
                {
                    "at": "2026-01-31T11:00:00Z",
                    "people": 58,
                    "connections": 80,
                    "active_users_now": 205,
                    "peak_people": 66,
                }
            ],
            "peaks": {"today": 97, "last_7_days": 131, "last_30_days": 188},
        },
        response_only=True,
        status_codes=["200"],
    ),
]
ACTIVITIES = [
    OpenApiExample(
        "One activity",
        {"next": None, "previous": None, "results": [_ACTIVITY]},
        response_only=True,
        status_codes=["200"],
    ),
]
PUBLISH = [
    OpenApiExample(
        "A purchase",
        {
            "kind": "purchase",
            "text": "bought the yearly plan",
            "actor": "Ana",
            "data": {"order": 1042},
            "external_id": "order-1042",
        },
        request_only=True,
    ),
    OpenApiExample(
        "Published",
        {**_ACTIVITY, "data": {"order": 1042}, "external_id": "order-1042"},
        response_only=True,
        status_codes=["201"],
    ),
]
