"""Publishing an activity with the form of the admin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.test import Client, override_settings
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from landing.activity import kinds
from landing.activity.kinds import KINDS, ActivityKind
from landing.live.feed import FeedChange, Item
from landing.models import Activity
from landing.signals import activity_published
from tests.admin.activities.rows import LIST, create_activity, messages_of, staff_client

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

ADD = LIST + "add/"


def publish(client: Client, **fields: str) -> Any:
    """Send the form; return the response."""
    return client.post(ADD, {"kind": "campaign", "text": "began", "actor": "Ana"} | fields)


def errors_of(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    assert not Activity.objects.exclude(text="joined").exists()
    return dict(response.context["adminform"].form.errors)


def test_the_form_has_the_registered_kinds(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kinds._kinds, "review", ActivityKind("Review", "M4 12h16"))
    assert ADD in admin_client.get(LIST).content.decode()

    page = admin_client.get(ADD).content.decode()

    for slug, kind in KINDS.items():
        assert f'<option value="{slug}">{kind.name}</option>' in page
    assert "<title>Publish an activity" in page
    assert 'value="Publish"' in page


def test_an_activity_is_published_as_by_api(
    admin_client: Client,
    pushed: list[FeedChange],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    signaled = []

    def receive(activity: Activity, **kwargs: Any) -> None:
        signaled.append(activity)

    activity_published.connect(receive)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            response = publish(admin_client, text=" the  sale\n", data='{"order": [1.5]}')
    finally:
        activity_published.disconnect(receive)

    (stored,) = Activity.objects.all()
    assert (stored.kind, stored.text, stored.actor) == ("campaign", "the sale", "Ana")
    assert (stored.data, stored.external_id) == ({"order": [1.5]}, None)
    assert stored.reach == Activity.Reach.PUSHED
    assert [cast("Item", change).id for change in pushed] == [stored.pk]
    assert signaled == [stored]
    change = reverse("admin:landing_activity_change", args=[stored.pk])
    assert response.headers["Location"] == change
    assert messages_of(response) == ["The activity is published."]


def test_the_history_has_no_name_and_no_text(admin_client: Client) -> None:
    publish(admin_client)

    (entry,) = LogEntry.objects.all()
    stored = Activity.objects.get()
    assert (entry.object_id, entry.object_repr) == (str(stored.pk), f"activity {stored.pk}")
    assert (entry.action_flag, entry.change_message) == (ADDITION, "Published.")


def test_the_time_and_the_external_id_are_optional(admin_client: Client) -> None:
    when = {"created_at_0": "2026-01-31", "created_at_1": "12:00:00"}
    publish(admin_client, external_id="sale-1", **when)

    stored = Activity.objects.get()
    assert stored.created_at == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert stored.external_id == "sale-1"


def test_the_same_external_id_is_published_once(admin_client: Client) -> None:
    publish(admin_client, external_id="sale-1")
    response = publish(admin_client, external_id="sale-1")

    assert messages_of(response) == [
        "The activity is published.",
        "This external ID was published before. No new activity was stored.",
    ]
    assert Activity.objects.count() == LogEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field", "error"),
    [
        ({"kind": "unheard-of"}, "kind", "unheard-of is not one of the available choices"),
        ({"kind": ""}, "kind", "This field is required."),
        ({"text": ""}, "text", "This field is required."),
        ({"text": "\u200b"}, "text", "This field may not be blank."),
        ({"text": "x" * 281}, "text", "Ensure this value has at most 280 characters"),
        ({"actor": "x" * 81}, "actor", "Ensure this value has at most 80 characters"),
        ({"data": "[1]"}, "data", "Must be a JSON object."),
        ({"data": "{"}, "data", "Must be a JSON object."),
        ({"data": '{"a": NaN}'}, "data", "Must be a JSON object."),
        ({"data": "[" * 30_000}, "data", "Must be a JSON object."),
        ({"data": "1" * 5_000}, "data", "Must be a JSON object."),
        ({"data": '{"a": "' + "x" * 5_000 + '"}'}, "data", "Must be at most 4096 bytes of JSON."),
        ({"data": '{"a": "\\u0000"}'}, "data", "Must not contain NUL characters."),
        ({"external_id": "a\u200eb"}, "external_id", "Must have 1 to 200 printable characters."),
        ({"external_id": "crm-1"}, "external_id", "Already published with another kind."),
        ({"created_at_0": "yesterday"}, "created_at", "Enter a valid date."),
    ],
)
def test_errors_are_shown_at_the_field(
    admin_client: Client, fields: dict[str, str], field: str, error: str
) -> None:
    create_activity(external_id="crm-1")

    response = publish(admin_client, **fields)

    ((found, texts),) = errors_of(response).items()
    assert found == field
    assert error in texts[0]
    assert "Please correct the error below." in response.content.decode()
    assert not LogEntry.objects.exists()


def test_a_time_in_the_future_is_an_error(admin_client: Client) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()

    response = publish(admin_client, created_at_0=tomorrow, created_at_1="12:00:00")

    assert errors_of(response) == {"created_at": ["Must not be in the future."]}


@override_settings(LANDING_ACTIVITY_PER_MINUTE=1)
@pytest.mark.usefixtures("pushed", "transactional_db")
def test_the_message_states_that_an_activity_is_rate_limited(admin_client: Client) -> None:
    publish(admin_client)

    response = publish(admin_client)

    assert messages_of(response)[-1] == (
        "Stored, but rate-limited: at most 1 activities a minute reach open pages."
    )
    assert list(Activity.objects.order_by("pk").values_list("reach", flat=True)) == [
        "pushed",
        "held",
    ]


@pytest.mark.parametrize("codename", ["view_activity", "change_activity", "delete_activity"])
def test_publishing_needs_the_permission_to_add_activities(codename: str) -> None:
    client = staff_client("view_activity", codename)

    assert ADD not in client.get(LIST).content.decode()
    assert client.get(ADD).status_code == 403
    assert publish(client).status_code == 403
    assert not Activity.objects.exists()


def test_the_permission_to_add_activities_is_enough() -> None:
    client = staff_client("add_activity")

    assert ADD in client.get("/admin/").content.decode()
    response = publish(client)

    assert Activity.objects.count() == 1
    assert response.headers["Location"] == ADD
    assert "The activity is published." in client.get(ADD).content.decode()


def test_publishing_needs_a_token(admin_client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = admin_client.cookies

    assert publish(strict).status_code == 403
    assert not Activity.objects.exists()
