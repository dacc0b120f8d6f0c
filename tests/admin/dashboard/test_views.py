"""The dashboard page and its parts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import OperationalError
from django.test import Client, override_settings
from django.urls import reverse, set_script_prefix
from django.utils import timezone
from pytest_django import Settings

from landing import stats
from landing.admin.dashboard import charts, data_cache, queries
from landing.admin.dashboard.charts import Chart, SampleChart
from landing.admin.dashboard.filters import Filter
from landing.admin.dashboard.queries import DashboardData
from landing.admin.dashboard.ranges import Range
from landing.analytics.places import storage
from landing.analytics.samples import record_sample
from landing.dates import site_day
from landing.live import worker
from landing.live.absent_worker import AbsentWorker
from landing.live.current_snapshot import Source, SourcedSnapshot
from landing.live.presence.contract import Snapshot
from landing.models import DEMO_MARK, Activity, Analytics
from tests.analytics.rows import row, sample
from tests.live.fake_worker import FakeWorker
from tests.page.markup import Page

pytestmark = pytest.mark.django_db

DASHBOARD = "/admin/landing/analytics/dashboard/"


class PeopleWorker(FakeWorker):
    """A worker with seventeen people."""

    source = Source.LIVE

    def snapshot(self) -> SourcedSnapshot:
        known = Snapshot(
            signed_in=4, anonymous=13, connections=23, version=7, as_of_ms=1_769_860_800_123
        )
        return SourcedSnapshot(known, self.source)


@pytest.fixture(autouse=True)
def fake_worker() -> Iterator[PeopleWorker]:
    with PeopleWorker().installed() as fake_worker:
        yield fake_worker
    data_cache.outage.record_success()


def page_of(client: Client, query: str = "") -> Page:
    response = client.get(DASHBOARD + query)
    assert response.status_code == 200
    return Page(response.content.decode())


def text_of(client: Client, query: str = "") -> str:
    return page_of(client, query).one("html").text


def text_with(page: Page, attribute: str, value: str = "") -> str:
    """Return the text of the only element with this attribute."""
    (found,) = (each for each in page.elements if each.attributes.get(attribute) == value)
    return found.text


def ids_of(page: Page) -> set[str | None]:
    return {each.attributes.get("id") for each in page.elements}


def fail_to_read(shown: Range, at: datetime, only: Filter) -> DashboardData:
    raise OperationalError("no such table")


def test_the_dashboard_has_its_documented_url() -> None:
    assert reverse("admin:landing_dashboard") == DASHBOARD


def test_anonymous_users_are_redirected_to_the_login(client: Client) -> None:
    response = client.get(DASHBOARD)

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("admin:login"))


def test_staff_need_the_permission_to_view_rows(client: Client, django_user_model: Any) -> None:
    ana = django_user_model.objects.create_user("ana", is_staff=True)
    client.force_login(ana)
    assert client.get(DASHBOARD).status_code == 403

    ana.user_permissions.add(Permission.objects.get(codename="view_analytics"))

    assert client.get(DASHBOARD).status_code == 200


def test_a_post_gets_a_405(admin_client: Client) -> None:
    assert admin_client.post(DASHBOARD).status_code == 405


def test_the_page_is_not_cacheable(admin_client: Client) -> None:
    assert "no-store" in admin_client.get(DASHBOARD)["Cache-Control"]


def test_the_current_counts_equal_those_of_the_api(admin_client: Client) -> None:
    page = page_of(admin_client)
    stats_response = admin_client.get("/api/landing/stats/").json()

    (section,) = (each for each in page.elements if "data-live" in each.attributes)
    assert json.loads(section.attributes["data-snapshot"]) == stats_response
    for name in ("people", "signed_in", "anonymous"):
        assert text_with(page, "data-number", name) == str(stats_response["online"][name])
    assert text_with(page, "data-number", "count") == str(stats_response["online"]["connections"])
    assert text_with(page, "data-label") == "live, at 12:00:00"


def test_stale_counts_are_labeled(admin_client: Client, fake_worker: PeopleWorker) -> None:
    fake_worker.source = Source.STALE

    assert text_with(page_of(admin_client), "data-label") == "stale, counted at 12:00:00"


def test_the_page_notes_that_it_counts_itself(admin_client: Client) -> None:
    note = "Includes you"

    assert note in text_of(admin_client)
    with override_settings(LANDING_IGNORE_STAFF=True):
        assert note not in text_of(admin_client)


def test_simulated_counts_have_a_banner(admin_client: Client) -> None:
    def is_hidden() -> bool:
        (banner,) = (
            each for each in page_of(admin_client).elements if "data-banner" in each.attributes
        )
        return "hidden" in banner.attributes

    assert is_hidden()
    worker.set_current(AbsentWorker())
    with override_settings(LANDING_SIMULATED_FALLBACK=True):
        assert stats.snapshot().source is Source.SIMULATED
        assert not is_hidden()


def test_without_the_middleware_a_banner_explains_the_missing_page_views(
    admin_client: Client, settings: Any
) -> None:
    assert "No page views." not in text_of(admin_client)

    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "VisitorMiddleware" not in each]
    assert 'add "landing.middleware.VisitorMiddleware" at the end' in text_of(admin_client)


@pytest.mark.parametrize(
    "create",
    [
        lambda at: row(1, at, data=DEMO_MARK),
        lambda at: sample(at - timedelta(minutes=1), is_demo=True),
    ],
    ids=["visits", "samples"],
)
def test_demo_rows_have_a_banner(
    admin_client: Client, create: Callable[[datetime], object]
) -> None:
    now = timezone.now()
    row(1, now)
    sample(now - timedelta(minutes=2))
    assert "Demo data. This range" not in text_of(admin_client)

    data_cache.cache.clear()
    create(now)

    assert "Demo data. This range" in text_of(admin_client)


def test_charts_are_images_with_a_sentence_and_a_table(admin_client: Client) -> None:
    now = timezone.now()
    for minutes in (1, 2, 90, 60 * 24 * 3):
        record_sample(now - timedelta(minutes=minutes), people=17, connections=23, active=31)
    row(1, now)

    page = page_of(admin_client, "?range=7-days")

    images = [each for each in page.all("svg") if each.attributes.get("role") == "img"]
    assert len(images) == 4
    names = [image.attributes["aria-label"] for image in images]
    for name, start in zip(
        names,
        ("Last hour: ", "People here: ", "Active visitors: ", "Page views by day"),
        strict=True,
    ):
        assert name.startswith(start)
    assert [each.text for each in page.all("summary")] == ["Show as table"] * 4


def test_empty_tables_give_notes_instead_of_charts(admin_client: Client) -> None:
    page = page_of(admin_client)

    assert [each for each in page.all("svg") if each.attributes.get("role") == "img"] == []
    for text in (
        "There is one sample every minute.",
        "it stores one sample every minute.",
        "No page views in this range.",
        "No referrals in this range.",
    ):
        assert text in page.one("html").text


def test_top_lists_leave_out_the_site_itself_and_spam(
    admin_client: Client, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "shop.example", "[2001:db8::1]"]
    left_out = ("testserver", "www.testserver", "www.shop.example", "2001:db8::1", "1.semalt.com")
    for path, host in (("/a", "news.example"), *(("/b", host) for host in left_out), ("/a", "")):
        row(1, timezone.now(), path=path, referrer_host=host)

    rows = [each.text for each in page_of(admin_client).all("tr") if "views" not in each.text]

    assert rows[-3:] == ["/b 5 0", "/a 2 0", "news.example 1 0"]


def test_values_from_visitors_are_escaped(admin_client: Client) -> None:
    row(1, timezone.now(), path="/<script>alert(1)</script>", referrer_host="a")

    page = page_of(admin_client)

    assert not any("alert" in script.text for script in page.all("script"))
    assert "/<script>alert(1)</script>" in page.one("html").text


def test_during_an_outage_the_page_shows_the_live_counts(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(queries, "read_data", fail_to_read)

    page = page_of(admin_client)

    assert text_with(page, "data-number", "people") == "17"
    assert "Can’t reach the database." in page.one("html").text
    assert "Reading the dashboard failed" in caplog.text


PARTS = [("figures", {"dash-figures"}), ("history", {"dash-banners", "dash-hour", "dash-history"})]


@pytest.mark.parametrize(("part", "ids"), PARTS)
def test_an_open_page_can_fetch_a_part(admin_client: Client, part: str, ids: set[str]) -> None:
    whole = ids_of(page_of(admin_client))

    fetched = page_of(admin_client, f"?part={part}")

    assert ids <= ids_of(fetched) <= whole
    assert not list(fetched.all("html"))


@pytest.mark.parametrize(("part", "ids"), PARTS)
def test_during_an_outage_the_page_has_placeholders_for_every_part(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, part: str, ids: set[str]
) -> None:
    monkeypatch.setattr(queries, "read_data", fail_to_read)

    assert ids <= ids_of(page_of(admin_client))
    assert ids <= ids_of(page_of(admin_client, f"?part={part}"))


@pytest.mark.parametrize("can_read", [True, False])
def test_the_history_part_reports_an_outage(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, can_read: bool
) -> None:
    if not can_read:
        monkeypatch.setattr(queries, "read_data", fail_to_read)

    part = admin_client.get(DASHBOARD, {"part": "history"}).content.decode()

    assert ("Can’t reach the database." in part) is not can_read


def test_the_figures_part_draws_no_chart(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def build_and_record(style: SampleChart, data: DashboardData) -> Chart:
        drawn.append(style.name)
        return draw(style, data)

    draw = charts.build_sample_chart
    monkeypatch.setattr(charts, "build_sample_chart", build_and_record)

    page_of(admin_client, "?part=figures")
    assert drawn == []
    page_of(admin_client, "?part=history")
    assert drawn == ["people", "active"]


def current_choice(page: Page) -> list[str]:
    return [each.text for each in page.all("a") if each.attributes.get("aria-current") == "true"]


def test_a_range_changes_every_figure_chart_and_list(admin_client: Client) -> None:
    now = timezone.now()
    days = {0: ("/today", 1), 1: ("/yesterday", 2), 3: ("/week", 3)}
    for days_ago, (path, views) in days.items():
        for number in range(views):
            row(number + 1, now - timedelta(days=days_ago), path=path)
        sample(now - timedelta(days=days_ago), people=views)

    def read(query: str) -> tuple[list[str], str, str]:
        page = page_of(admin_client, query)
        for part in ("figures", "history"):
            fetched = page_of(admin_client, f"{query}&part={part}")
            assert ids_of(fetched) <= ids_of(page)
            assert all(each.text in page.one("html").text for each in fetched.all("section"))
        rows = " ".join(each.text for each in page.all("tr"))
        return current_choice(page), text_with(page, "data-tile", "page_views"), rows

    chosen, views, rows = read("?range=yesterday")
    assert (chosen, views) == (["Yesterday"], "Page views 2 +2 0 the day before")
    assert "/yesterday 2 0" in rows and "/week" not in rows

    chosen, views, rows = read("?range=7-days")
    assert (chosen, views) == (["7 days"], "Page views 6 +6 0 in the 7 days before")
    assert all(path in rows for path, _ in days.values())

    day = site_day(now - timedelta(days=3))
    chosen, views, rows = read(f"?range=custom&from={day}&to={day}")
    assert (chosen, views) == ([], "Page views 3 +3 0 the day before")
    assert "/week 3 0" in rows and "/yesterday" not in rows


def test_rows_of_lists_are_links_that_filter_until_the_chip_is_removed(
    admin_client: Client,
) -> None:
    now = timezone.now()
    for path, host, people in (("/a b&c", "news.example", 2), ("/other", "", 1)):
        for number in range(people):
            row(number, now, path=path, referrer_host=host)
    whole = "?range=7-days"

    def links(query: str) -> dict[str, str]:
        found = page_of(admin_client, query).all("a")
        return {each.text: each.attributes["href"] for each in found if each.text}

    page_query = links(whole)["/a b&c"]
    assert page_query == f"{whole}&page=%2Fa+b%26c"
    filtered = page_of(admin_client, page_query)
    assert text_with(filtered, "data-tile", "page_views").startswith("Page views 2 ")
    assert "People here" not in [each.text for each in filtered.all("h3")]
    assert not [each for each in filtered.elements if each.attributes.get("data-tile") == "peak"]

    both = links(links(page_query)["news.example"])
    assert links(page_query)["Today"] == "?range=today&page=%2Fa+b%26c"
    assert links(page_query)["×"] == whole
    assert both["news.example"] == f"{page_query}&referrer=news.example"
    hidden = [each.attributes for each in filtered.all("input")]
    assert {"type": "hidden", "name": "page", "value": "/a b&c"} in hidden


def test_languages_and_widths_have_names_and_filter_by_their_values(admin_client: Client) -> None:
    row(1, timezone.now(), path="/a", language="de", width="small", utm_source="<b>")
    row(2, timezone.now(), path="/b", language="es", width="large")

    page = page_of(admin_client, "?language=de&width=small")

    rows = [each.text for each in page.all("tr") if "views" not in each.text]
    assert rows[-4:] == ["/a 1 0", "<b> 1 0", "German 1 0", "Under 600 px 1 0"]
    links = {each.text: each.attributes["href"] for each in page.all("a") if each.text}
    assert links["<b>"] == "?range=today&source=%3Cb%3E&language=de&width=small"


def test_activities_are_goals_unless_the_dashboard_is_filtered(admin_client: Client) -> None:
    row(1)
    Activity.objects.create(kind="purchase", text="bought the yearly plan")

    page = page_of(admin_client)

    assert "Purchase 1 0 before" in " ".join(page.one("html").text.split())
    assert "dash-goals" in ids_of(page)
    assert "dash-goals" not in ids_of(page_of(admin_client, "?page=/"))


def test_pages_with_people_are_of_the_whole_site(admin_client: Client) -> None:
    storage.record_sample(timezone.now(), 5, {"/<b>": 4})

    page = page_of(admin_client)
    text = " ".join(page.one("html").text.split())
    assert "/<b> 4.0 4 –" in [" ".join(each.text.split()) for each in page.all("tr")]
    assert "Averages of 1 sample, one a minute. Of 5.0 people on average, 1.0 were" in text
    assert "dash-places" not in ids_of(page_of(admin_client, "?page=/"))


def test_the_list_of_pages_with_people_is_empty_without_samples_and_absent_without_places(
    admin_client: Client, settings: Any
) -> None:
    assert "No people on pages in this range." in text_of(admin_client)

    settings.LANDING_MAX_PLACES = 0
    assert "dash-places" not in ids_of(page_of(admin_client))


def test_an_invalid_range_is_explained_and_today_is_shown(admin_client: Client) -> None:
    page = page_of(admin_client, "?range=decade")

    assert text_with(page, "role", "alert").startswith(
        "Showing today instead. The range must be today, yesterday, 7-days, 30-days, or custom"
    )
    assert current_choice(page) == ["Today"]
    assert not [each for each in page_of(admin_client).elements if "alert" in each.attributes]


def test_each_section_has_one_time_with_the_zone(admin_client: Client, settings: Settings) -> None:
    settings.TIME_ZONE = "Asia/Kathmandu"
    row(1, timezone.now())
    page = page_of(admin_client)

    for part in ("dash-figures", "dash-history"):
        (section,) = (each for each in page.elements if each.attributes.get("id") == part)
        assert section.text.count("ounted at ") == 1
        assert section.text.count("(Asia/Kathmandu)") == 1


def test_an_unknown_part_is_the_whole_page(admin_client: Client) -> None:
    assert list(page_of(admin_client, "?part=nothing").all("html"))


def test_the_dashboard_records_no_page_view(admin_client: Client) -> None:
    page_of(admin_client)

    assert not Analytics.objects.exists()


def test_the_admin_index_links_to_the_dashboard(
    admin_client: Client, client: Client, django_user_model: Any
) -> None:
    assert f'href="{DASHBOARD}"' in admin_client.get("/admin/").content.decode()

    client.force_login(django_user_model.objects.create_user("ana", is_staff=True))
    assert DASHBOARD not in client.get("/admin/").content.decode()


def test_the_dashboard_names_its_endpoints(admin_client: Client) -> None:
    set_script_prefix("/app/")
    try:
        page = admin_client.get(DASHBOARD).content.decode()
    finally:
        set_script_prefix("/")

    assert 'socket="/app/ws/landing/" stats="/app/api/landing/stats/"' in page
