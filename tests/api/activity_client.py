"""Requests to the activities endpoint."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from django.contrib.auth.models import User
from django.test import Client

from landing.models import Activity, PublishToken

URL = "/api/landing/activities/"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
JOINED = {"kind": "signup", "text": "joined", "actor": "Ana María"}


def create_token(**columns: Any) -> tuple[PublishToken, str]:
    """Store a token, and return it with its key."""
    return cast("tuple[PublishToken, str]", PublishToken.objects.create_key(name="crm", **columns))


def client_with(key: str) -> Client:
    return Client(headers={"Authorization": f"Api-Key {key}"})


def post(client: Client, body: Any = None, key: str | None = None, **fields: Any) -> Any:
    """POST the body, or a sign-up with these fields. ``key`` is the Idempotency-Key."""
    headers = {} if key is None else {"Idempotency-Key": key}
    content = JOINED | fields if body is None else body
    return client.post(URL, content, content_type="application/json", headers=headers)


def in_browser(user: User) -> Client:
    """Return a client with the user's session that checks CSRF tokens."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    return browser


def create_activity(seconds: float = 0, **columns: Any) -> Activity:
    """Store an activity of this many seconds after noon."""
    at = NOON + timedelta(seconds=seconds)
    return cast(
        "Activity",
        Activity.objects.create(**{"kind": "signup", "text": "joined", "created_at": at} | columns),
    )
