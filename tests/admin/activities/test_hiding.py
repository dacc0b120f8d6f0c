"""Hiding activities and showing them again in the admin: by the list and by the button."""

from __future__ import annotations

import re
from typing import cast

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from landing.live.feed import FeedChange, Item, Removed
from landing.models import Activity
from tests.admin.activities.rows import LIST, act, create_activity, messages_of, staff_client

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


def history() -> list[tuple[str | None, str, int, str]]:
    columns = ("object_id", "object_repr", "action_flag", "change_message")
    return list(LogEntry.objects.order_by("pk").values_list(*columns))


def change_address(activity: Activity) -> str:
    return reverse("admin:landing_activity_change", args=[activity.pk])


@pytest.mark.usefixtures("_run_callbacks")
class TestHiding:
    def test_hiding_removes_activities_from_pages(
        self,
        admin_client: Client,
        pushed: list[FeedChange],
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        on_pages, held = (
            create_activity(reach=Activity.Reach.PUSHED),
            create_activity(reach=Activity.Reach.HELD),
        )

        with django_capture_on_commit_callbacks(execute=True):
            response = act(admin_client, "hide", [on_pages, held])

        assert messages_of(response) == ["2 activities hidden."]
        assert not Activity.objects.published().exists()
        assert pushed == [Removed(on_pages.pk)]
        assert admin_client.get("/api/landing/activities/").json()["results"] == []

    def test_showing_restores_activities_on_pages(
        self,
        admin_client: Client,
        pushed: list[FeedChange],
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        hidden = create_activity(reach=Activity.Reach.PUSHED, is_hidden=True)

        with django_capture_on_commit_callbacks(execute=True):
            response = act(admin_client, "show", [hidden, create_activity()])

        assert messages_of(response) == ["1 activity shown."]
        assert [cast("Item", change).id for change in pushed] == [hidden.pk]

    def test_hiding_twice_reports_no_change(self, admin_client: Client) -> None:
        hidden = create_activity(is_hidden=True)

        assert messages_of(act(admin_client, "hide", [hidden])) == ["0 activities hidden."]

    @pytest.mark.parametrize("codename", ["view_activity", "delete_activity", "add_activity"])
    def test_hiding_needs_the_permission_to_change_activities(self, codename: str) -> None:
        one = create_activity()
        client = staff_client("view_activity", codename)

        assert 'value="hide"' not in client.get(LIST).content.decode()
        act(client, "hide", [one])
        assert not Activity.objects.get().is_hidden

    def test_the_permission_to_change_activities_allows_no_edit(self) -> None:
        one = create_activity()
        client = staff_client("view_activity", "change_activity")
        address = reverse("admin:landing_activity_change", args=[one.pk])

        assert 'value="show"' in client.get(LIST).content.decode()
        act(client, "hide", [one])
        assert Activity.objects.get().is_hidden
        assert client.post(address, {"text": "left"}).status_code == 403


def test_the_history_has_an_entry_without_the_text_for_each_changed_activity(
    admin_client: Client,
) -> None:
    one, other = create_activity(), create_activity()
    act(admin_client, "hide", [one])
    act(admin_client, "hide", [one, other])
    act(admin_client, "show", [one])

    assert history() == [
        (str(one.pk), f"activity {one.pk}", CHANGE, "Hidden."),
        (str(other.pk), f"activity {other.pk}", CHANGE, "Hidden."),
        (str(one.pk), f"activity {one.pk}", CHANGE, "Shown again."),
    ]
    page = admin_client.get(f"{LIST}{one.pk}/history/").content.decode()
    assert "Hidden." in page
    assert "Shown again." in page


class TestButton:
    """The button on the page of one activity."""

    def test_it_hides_and_shows_the_activity_on_open_pages(
        self,
        admin_client: Client,
        pushed: list[FeedChange],
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        one = create_activity(reach=Activity.Reach.PUSHED)

        for name, label, message in (
            ("hide", "Hide from all pages", "1 activity hidden."),
            ("show", "Show on pages again", "1 activity shown."),
        ):
            page = admin_client.get(change_address(one)).content.decode()
            assert label in page
            (action,) = re.findall(r'<form method="post" action="([^"]+)"', page)
            assert action.endswith(f"/{one.pk}/{name}/")
            with django_capture_on_commit_callbacks(execute=True):
                response = admin_client.post(action)
            assert response.headers["Location"] == change_address(one)
            assert messages_of(response) == [message]

        removed, returned = pushed
        assert removed == Removed(one.pk)
        assert cast("Item", returned).id == one.pk
        assert [entry[3] for entry in history()] == ["Hidden.", "Shown again."]

    def test_it_returns_to_the_filters_of_the_list(self, admin_client: Client) -> None:
        query = "?_changelist_filters=kind%3Dsignup"
        one = create_activity()
        page = admin_client.get(change_address(one) + query).content.decode()
        (action,) = re.findall(r'<form method="post" action="([^"]+)"', page)

        assert admin_client.post(action).headers["Location"] == change_address(one) + query

    def test_a_second_click_changes_nothing(self, admin_client: Client) -> None:
        hidden = create_activity(is_hidden=True)

        response = admin_client.post(f"{LIST}{hidden.pk}/hide/")

        assert messages_of(response) == ["0 activities hidden."]
        assert history() == []

    def test_it_needs_post_and_a_token(self, admin_client: Client) -> None:
        one = create_activity()
        assert admin_client.get(f"{LIST}{one.pk}/hide/").status_code == 405
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = admin_client.cookies
        assert strict.post(f"{LIST}{one.pk}/hide/").status_code == 403
        assert not Activity.objects.get().is_hidden

    def test_it_needs_the_permission_to_change_activities(self) -> None:
        one = create_activity()
        client = staff_client("view_activity", "add_activity", "delete_activity")

        assert "Hide from all pages" not in client.get(change_address(one)).content.decode()
        assert client.post(f"{LIST}{one.pk}/hide/").status_code == 403
        assert not Activity.objects.get().is_hidden

    @pytest.mark.parametrize("pk", ["4711", "9" * 30])
    def test_an_unknown_activity_is_not_found(self, admin_client: Client, pk: str) -> None:
        assert admin_client.post(f"{LIST}{pk}/hide/").status_code == 404
