"""Activities, a client, and what the tests of this folder read from a response."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.test import Client

from landing.models import Activity

LIST = "/admin/landing/activity/"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def create_activity(seconds: float = 0, **columns: Any) -> Activity:
    """Store an activity of this many seconds after noon."""
    at = NOON + timedelta(seconds=seconds)
    return cast(
        "Activity",
        Activity.objects.create(
            **{"kind": "signup", "text": "joined", "actor": "Ana María", "created_at": at} | columns
        ),
    )


def list_rows(client: Client, **query: str) -> list[Activity]:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


def act(client: Client, action: str, rows: list[Activity], **more: str) -> Any:
    chosen = {"action": action, "_selected_action": [str(each.pk) for each in rows]}
    return client.post(LIST, chosen | more)


def messages_of(response: Any) -> list[str]:
    return [str(each) for each in get_messages(response.wsgi_request)]


def staff_client(*codenames: str) -> Client:
    """Return a client that is signed in as staff with these permissions."""
    eva = User.objects.create_user("eva", is_staff=True)
    eva.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(eva)
    return client
