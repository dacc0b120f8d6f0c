"""The page of the live map: its permission, and its numbers before the scripts start."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse, set_script_prefix

from landing.analytics.places.storage import record_sample
from landing.dates import utc_now
from landing.live.presence.contract import PlaceCount, Places, Snapshot
from tests.live.fake_worker import FakePlaces, FakeWorker
from tests.page.markup import Page

pytestmark = pytest.mark.django_db

MAP = "/admin/landing/analytics/live/"
HOSTILE = "/<script>alert('1')</script>\""
TOP = (PlaceCount("/", 40), PlaceCount("/blog/a", 12), PlaceCount(HOSTILE, 1))


class PlacesWorker(FakeWorker):
    """A worker with people at places; without any while ``places`` has none."""

    def __init__(self, places: Places | None) -> None:
        self.places = FakePlaces(places)


@pytest.fixture
def places() -> Iterator[Places]:
    snapshot = Snapshot(0, 60, 60, version=7, as_of_ms=1_769_860_800_123, epoch="e1")
    places = Places(snapshot, 7, TOP)
    with PlacesWorker(places).installed():
        yield places


@pytest.fixture
def no_places() -> Iterator[None]:
    with PlacesWorker(None).installed():
        yield


def page_of(client: Client, query: str = "") -> Page:
    response = client.get(MAP + query)
    assert response.status_code == 200
    return Page(response.content.decode())


def attribute(page: Page, name: str) -> str:
    (found,) = (each for each in page.elements if "data-map" in each.attributes)
    return found.attributes[name] or ""


def sums(page: Page) -> list[str]:
    return [each.text for each in page.elements if "data-sum" in each.attributes]


def test_the_map_has_its_documented_url() -> None:
    assert reverse("admin:landing_live_map") == MAP


def test_anonymous_users_are_redirected_to_the_login(client: Client) -> None:
    response = client.get(MAP)

    assert response.status_code == 302
    assert "/admin/login/" in response["Location"]


def test_staff_need_the_permission(client: Client, django_user_model: Any, places: Places) -> None:
    user = django_user_model.objects.create_user("eve", is_staff=True)
    client.force_login(user)
    assert client.get(MAP).status_code == 403

    user.user_permissions.add(Permission.objects.get(codename="view_analytics"))

    assert client.get(MAP).status_code == 200


def test_only_safe_methods_are_allowed(admin_client: Client, places: Places) -> None:
    assert admin_client.post(MAP).status_code == 405


def test_the_rows_add_up_to_everybody(admin_client: Client, places: Places) -> None:
    page = page_of(admin_client)

    people = [each.text for each in page.elements if "data-people" in each.attributes]
    assert people[:3] == ["40", "12", "1"]
    assert sums(page) == ["0", "7", "60", "0", "7", "60"]


def test_names_are_text(admin_client: Client, places: Places) -> None:
    response = admin_client.get(MAP)

    assert HOSTILE not in response.content.decode()
    page = Page(response.content.decode())
    links = {each.text: each.attributes.get("href") for each in page.elements if each.tag == "a"}
    assert links[HOSTILE] == "/%3Cscript%3Ealert('1')%3C/script%3E%22"
    frame = json.loads(attribute(page, "data-frame"))
    assert [each["place"] for each in frame["places"]] == [each.place for each in TOP]


def test_the_scripts_begin_with_the_numbers_of_the_page(
    admin_client: Client, places: Places
) -> None:
    frame = json.loads(attribute(page_of(admin_client), "data-frame"))

    assert (frame["type"], frame["people"], frame["elsewhere"]) == ("map", 60, 7)
    assert (frame["source"], frame["epoch"], frame["version"]) == ("live", "e1", 7)


def test_the_sparks_begin_with_the_samples(admin_client: Client, places: Places) -> None:
    record_sample(utc_now(), 60, {"/": 38})

    series = json.loads(attribute(page_of(admin_client), "data-series"))

    assert series["last_minute"] > 0
    assert {len(each) for each in (series["people"], *series["places"].values())} == {30}


def test_without_counts_the_page_shows_that_they_are_unknown(
    admin_client: Client, no_places: None
) -> None:
    page = page_of(admin_client)

    assert sums(page) == ["–"] * 6
    assert attribute(page, "data-state") == "unknown"
    assert "not known yet" in page.one("html").text


def test_the_policy_allows_no_inline_code(admin_client: Client, places: Places) -> None:
    response = admin_client.get(MAP)

    assert "trusted-types 'none'" in response["Content-Security-Policy"]
    assert "style=" not in response.content.decode()


def test_the_wall_view_has_the_map_only(admin_client: Client, places: Places) -> None:
    text = admin_client.get(MAP + "?view=wall").content.decode()

    assert "data-map" in text
    assert not [each for each in ('id="header"', 'id="nav-sidebar"', "breadcrumbs") if each in text]


def test_links_contain_the_mount_path(admin_client: Client, places: Places) -> None:
    set_script_prefix("/mounted/")
    try:
        page = page_of(admin_client)
    finally:
        set_script_prefix("/")

    links = {each.text: each.attributes.get("href") for each in page.elements if each.tag == "a"}
    assert links["/blog/a"] == "/mounted/blog/a"
    assert attribute(page, "root-path") == "/mounted"
    assert attribute(page, "socket") == "/mounted/ws/landing/"
