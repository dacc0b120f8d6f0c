"""The places endpoint, and ``?place=`` of the stats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Permission, User
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from landing import stats
from landing.api.rest.place_serializers import PlacesSerializer
from landing.api.rest.serializers import StatsSerializer
from landing.dates import site_day
from landing.live.presence.aggregates import Aggregates
from landing.live.presence.contract import PlaceCount, Places, PresenceError, Snapshot
from tests.live.fake_worker import FakePlaces, FakeWorker
from tests.metrics import samples

pytestmark = pytest.mark.django_db

URL = "/api/landing/places/"
STATS = "/api/landing/stats/"
TOP = tuple(
    PlaceCount(place, people)
    for place, people in (("/", 40), ("/pricing", 12), ("/blog/a", 2), ("/blog/b", 1))
)


def snapshot() -> Snapshot:
    day = site_day(timezone.now()).isoformat()
    known = Aggregates(214, day, 1208, 4310, 97, 1_769_860_800_000)
    return Snapshot(
        12, 49, 84, version=48_213, as_of_ms=1_769_860_800_123, aggregates=known, epoch="e1"
    )


@pytest.fixture
def fake() -> Iterator[FakeWorker]:
    with FakeWorker().installed() as fake:
        fake.places = FakePlaces(Places(snapshot(), 6, TOP))
        yield fake


@pytest.fixture
def staff_client(client: Client, django_user_model: type[User]) -> Client:
    user = django_user_model.objects.create_user("eva", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_analytics"))
    client.force_login(user)
    return client


def test_the_route_has_a_name() -> None:
    assert reverse("live_user_counter:places") == URL


def test_the_public_reads_no_small_number(fake: FakeWorker, client: Client) -> None:
    response = client.get(URL)

    assert response["Cache-Control"] == "no-store"
    assert response.json() == {
        "people": 61,
        "elsewhere": 9,
        "places": [
            {"place": "/", "people": 40},
            {"place": "/pricing", "people": 12},
            {"place": "/blog/a", "people": None},
            {"place": "/blog/b", "people": None},
        ],
        "source": "live",
        "as_of": "2026-01-31T12:00:00.123Z",
        "epoch": "e1",
        "version": 48_213,
    }


def test_staff_read_every_number(fake: FakeWorker, staff_client: Client) -> None:
    content = staff_client.get(URL).json()

    assert content["elsewhere"] == 6
    assert [tuple(each.values()) for each in content["places"]] == list(TOP)
    assert staff_client.get(STATS, {"place": "/blog/b"}).json()["here"] == 1


@pytest.mark.parametrize(
    ("is_staff", "codename"), [(False, "view_analytics"), (True, "view_activity")]
)
def test_other_users_read_what_the_public_reads(
    fake: FakeWorker,
    client: Client,
    django_user_model: type[User],
    is_staff: bool,
    codename: str,
) -> None:
    user = django_user_model.objects.create_user("ben", is_staff=is_staff)
    user.user_permissions.set(Permission.objects.filter(codename=codename))
    client.force_login(user)

    assert client.get(URL).json()["elsewhere"] == 9
    assert client.get(STATS, {"place": "/blog/b"}).json()["here"] is None


def test_while_the_database_fails_staff_read_what_the_public_reads(
    fake: FakeWorker, staff_client: Client
) -> None:
    def refuse(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(refuse):
        response = staff_client.get(URL)

    assert (response.status_code, response.json()["elsewhere"]) == (200, 9)


def test_a_session_of_an_earlier_type_of_user_reads_what_the_public_reads(
    fake: FakeWorker, staff_client: Client
) -> None:
    session = staff_client.session
    session[SESSION_KEY] = "5b1c0f6a-90d3-e847-2b16-c95d0e7f4a38"
    session.save()

    assert staff_client.get(URL).json()["elsewhere"] == 9


def test_without_a_session_nothing_is_queried(
    fake: FakeWorker, client: Client, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        client.get(URL)
        client.get(STATS, {"place": "/"})


def test_the_setting_hides_and_shows_more(fake: FakeWorker, client: Client, settings: Any) -> None:
    settings.LANDING_MIN_PLACE_PEOPLE = 1
    assert client.get(URL).json()["places"][-1] == {"place": "/blog/b", "people": 1}
    settings.LANDING_MIN_PLACE_PEOPLE = 13
    assert [each["people"] for each in client.get(URL).json()["places"]] == [40, None, None, None]


def test_people_outside_a_short_list_are_elsewhere(fake: FakeWorker, client: Client) -> None:
    content = client.get(URL, {"limit": 1}).json()

    assert content["places"] == [{"place": "/", "people": 40}]
    assert (content["people"], content["elsewhere"]) == (61, 21)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "", "many", "1.5", "٣"])
def test_an_invalid_limit_is_named(client: Client, limit: str) -> None:
    response = client.get(URL, {"limit": limit})

    assert (response.status_code, list(response.json())) == (400, ["limit"])


def test_a_repeated_limit_is_refused(client: Client) -> None:
    assert client.get(f"{URL}?limit=1&limit=2").status_code == 400


def test_the_responses_match_their_serializers(fake: FakeWorker, client: Client) -> None:
    places, shown = client.get(URL).json(), client.get(STATS, {"place": "/"}).json()

    assert PlacesSerializer(places).data == places
    assert StatsSerializer(shown).data == shown


def test_unknown_places_are_null(client: Client) -> None:
    with FakeWorker().installed():
        assert client.get(URL).json() == {
            "people": None,
            "elsewhere": None,
            "places": [],
            "source": "unknown",
            "as_of": None,
            "epoch": None,
            "version": 0,
        }
        assert client.get(STATS, {"place": "/"}).json()["here"] is None


def test_while_presence_fails_the_places_are_stale_and_here_is_unknown(
    fake: FakeWorker, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get(URL)

    def fail(*arguments: object) -> None:
        raise PresenceError("connection refused")

    monkeypatch.setattr(fake.places, "_read", fail)
    content = client.get(URL).json()

    assert (content["source"], content["people"], content["elsewhere"]) == ("stale", 61, 9)
    assert client.get(STATS, {"place": "/"}).json()["here"] is None
    assert stats.people_at("/") is None


def test_the_stats_of_a_place_are_of_one_snapshot(fake: FakeWorker, client: Client) -> None:
    content = client.get(STATS, {"place": "/pricing/?plan=yearly"}).json()

    assert (content["here"], content["online"]["people"], content["version"]) == (12, 61, 48_213)
    assert content["today"]["page_views"] == 4310
    assert "here" not in client.get(STATS).json()


@pytest.mark.parametrize("place", ["/blog/a", "/unknown", "/admin/", "/\N{REPLACEMENT CHARACTER}"])
def test_the_public_reads_no_number_of_a_quiet_place(
    fake: FakeWorker, client: Client, place: str
) -> None:
    assert client.get(STATS, {"place": place}).json()["here"] is None


@pytest.mark.parametrize("query", ["place=", "place=%00", "place=/%00", "place=/" + "x" * 5000])
def test_a_text_that_is_no_place_is_refused(fake: FakeWorker, client: Client, query: str) -> None:
    response = client.get(f"{STATS}?{query}")

    assert (response.status_code, list(response.json())) == (400, ["place"])


def test_a_repeated_place_is_refused(fake: FakeWorker, client: Client) -> None:
    assert client.get(f"{STATS}?place=/&place=/pricing").status_code == 400


@pytest.mark.parametrize("place", ["/%FF", "%FF", "a%0Ab", "%20"])
def test_a_text_that_is_never_a_place_has_no_number_for_staff_either(
    fake: FakeWorker, staff_client: Client, place: str
) -> None:
    assert staff_client.get(f"{STATS}?place={place}").json()["here"] is None


def test_the_endpoints_share_a_limit(fake: FakeWorker, client: Client, settings: Any) -> None:
    settings.LANDING_STATS_THROTTLE_RATE = "2/min"

    with samples.hits_of_limits() as counted:
        statuses = [client.get(url).status_code for url in (URL, STATS, URL)]

    assert statuses == [200, 200, 429]
    assert counted == {"stats_api": 1}


def test_python_reads_the_people_at_a_place(fake: FakeWorker) -> None:
    assert stats.people_at("/blog/b/") == 1
    assert stats.people_at("/unknown") == 0
    assert stats.people_at("not\na name") is None
    assert async_to_sync(stats.apeople_at)("/pricing") == 12


def test_a_synchronous_read_in_an_event_loop_does_not_block(fake: FakeWorker) -> None:
    async def read() -> int | None:
        return stats.people_at("/")

    assert async_to_sync(read)() is None


def test_the_api_has_the_people_at_a_place_that_a_template_named(
    fake: FakeWorker, client: Client
) -> None:
    fake.places = FakePlaces(Places(snapshot(), 21, (PlaceCount("article:42", 40),)))

    assert client.get(STATS, {"place": "article:42"}).json()["here"] == 40
    assert stats.people_at("article:42") == 40
    assert client.get(URL).json()["places"] == [{"place": "article:42", "people": 40}]


def test_a_hidden_number_appears_only_above_the_minimum(fake: FakeWorker, client: Client) -> None:
    for people, expected in ((3, None), (4, 4), (3, 3), (2, None), (3, None)):
        fake.places.places = Places(snapshot(), 61 - people, (PlaceCount("/pricing", people),))
        assert client.get(STATS, {"place": "/pricing"}).json()["here"] == expected
        assert client.get(URL).json()["places"] == [{"place": "/pricing", "people": expected}]
