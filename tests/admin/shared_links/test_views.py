"""The dashboard of a shared link."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from landing.admin.shared_links import secrets
from landing.admin.shared_links.views import COOKIE
from landing.dates import utc_now
from landing.models import Analytics
from landing.tables.notes import ChartNote
from landing.tables.shared_links import SharedLink
from tests.analytics.rows import row
from tests.page.markup import Page

pytestmark = pytest.mark.django_db


def create(**fields: object) -> tuple[str, str]:
    """Create a link, and return its path and its secret."""
    address = secrets.create(SharedLink(name="board", **fields), RequestFactory().get("/"))
    path, _, secret = address.removeprefix("http://testserver").partition("#")
    return path, secret


def opened(client: Client) -> str:
    """Create a link, open it, and return its path."""
    path, secret = create()
    assert client.post(path, {"secret": secret}).status_code == 303
    return path


def page_of(client: Client, address: str) -> Page:
    response = client.get(address)
    assert response.status_code == 200
    return Page(response.content.decode())


def test_a_browser_without_the_cookie_gets_a_form_and_no_figure(client: Client) -> None:
    path, _ = create()
    row(1, timezone.now(), path="/pricing")

    page = page_of(client, path)

    assert "/pricing" not in page.one("html").text
    assert "secret" in [each.attributes["name"] for each in page.all("input")]
    assert client.get(path + "?part=history").status_code == 404
    assert client.get(path + "export/").status_code == 404


@pytest.mark.parametrize("text", ["{secret}", " http://testserver{path}#{secret} "])
def test_the_secret_opens_the_dashboard(client: Client, text: str) -> None:
    path, secret = create()
    row(1, timezone.now(), path="/pricing")

    response = client.post(
        path + "?range=7-days", {"secret": text.format(path=path, secret=secret)}, follow=True
    )

    assert response.redirect_chain == [(path + "?range=7-days", 303)]
    assert "/pricing" in Page(response.content.decode()).one("html").text
    cookie = client.cookies[COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (path, True, "Lax")
    assert SharedLink.objects.get().last_used_at is not None


def test_the_cookie_ends_with_the_link(client: Client) -> None:
    path, secret = create(expiry_date=utc_now() + timedelta(minutes=1))

    client.post(path, {"secret": secret})

    assert 50 < int(client.cookies[COOKIE]["max-age"]) <= 60


def test_ranges_filters_parts_and_the_export_work(client: Client) -> None:
    path = opened(client)
    for place in ("/pricing", "/docs"):
        row(1, timezone.now(), path=place)

    page = page_of(client, path + "?range=7-days&page=%2Fpricing")

    texts = [each.text for each in page.all("a")]
    assert "/pricing" in texts and "/docs" not in texts and "30 days" in texts
    for part in ("figures", "history"):
        assert not list(page_of(client, f"{path}?part={part}").all("html"))
    (link,) = (each.attributes["href"] for each in page.all("a") if each.text == "Export CSV")
    assert link == f"{path}export/?range=7-days&page=%2Fpricing"
    assert b"pages,/pricing,1,0" in client.get(link).content


def test_the_page_has_nothing_of_the_admin_and_of_visitors(client: Client) -> None:
    path = opened(client)
    now = timezone.now()
    row(0xC0FFEE12 << 96, now)
    ChartNote.objects.create(at=now, text="Newsletter 12")

    html = client.get(path).content.decode() + client.get(path + "export/").content.decode()

    assert "Newsletter 12" in html
    without_files = re.sub(r"/static/(?:[a-z_]+/)?admin/", "", html)
    assert "/admin/" not in without_files
    assert "c0ffee" not in html
    for text in ("Log out", "Add a note", "Share", "manage.py"):
        assert text not in html


def test_nobody_indexes_stores_or_links_the_page(client: Client) -> None:
    path, _ = create()
    for address in (path, opened(client)):
        response = client.get(address)
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert "no-store" in response["Cache-Control"]
        robots = [
            each.attributes["content"]
            for each in page_of(client, address).all("meta")
            if each.attributes.get("name") == "robots"
        ]
        assert robots[0].lower().startswith(("none", "noindex"))


def test_watching_is_no_page_view(client: Client) -> None:
    path = opened(client)
    client.get(path)

    assert not Analytics.objects.exists()
    assert set(client.cookies) == {COOKIE}


def test_a_revoked_link_ends_at_once(client: Client) -> None:
    path = opened(client)
    assert "Shared dashboard" not in page_of(client, path).one("title").text

    SharedLink.objects.update(revoked=True)

    for address in (path, path + "?part=figures", path + "export/"):
        assert client.get(address).status_code == 404


def test_an_expired_link_ends_at_once(client: Client) -> None:
    path = opened(client)
    SharedLink.objects.update(expiry_date=utc_now() - timedelta(seconds=1))

    assert client.get(path).status_code == 404


def test_unknown_and_wrong_links_get_the_error_page_of_the_site(client: Client) -> None:
    path, secret = create()
    responses = [
        client.get("/shared-dashboard/unknown1/"),
        client.post(path, {"secret": secret.swapcase()}),
        client.post(path),
    ]

    for response in responses:
        assert response.status_code == 404
        assert "Page not found" in response.content.decode()
    assert COOKIE not in client.cookies


def test_no_cache_stores_an_error_of_a_link(client: Client) -> None:
    path, _ = create()
    for address in ("/shared-dashboard/unknown1/", path + "?part=history", path + "export/"):
        response = client.get(address)
        assert response.status_code == 404
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "no-referrer"


def test_wrong_links_of_others_in_the_network_lock_out_nobody_with_the_cookie(
    client: Client,
) -> None:
    stranger = Client()
    ended = opened(stranger)
    SharedLink.objects.update(revoked=True)
    path = opened(client)
    for _ in range(11):
        stranger.post(path, {"secret": "wrong"})
        # An open page of a revoked link asks again and again.
        assert stranger.get(ended + "?part=figures").status_code == 404

    assert stranger.post(path, {"secret": "wrong"}).status_code == 429
    assert "Shared dashboard" not in page_of(client, path).one("title").text


def test_the_dashboard_is_in_the_language_of_the_admin(client: Client) -> None:
    path = opened(client)

    response = client.get(path, HTTP_ACCEPT_LANGUAGE="ar")

    html = Page(response.content.decode()).one("html")
    assert (html.attributes["lang"], html.attributes["dir"]) == ("en", "ltr")
    assert response["Content-Language"] == "en"


def test_a_wrong_cookie_shows_the_form(client: Client) -> None:
    path, _ = create()
    client.cookies[COOKIE] = "a" * 32

    assert page_of(client, path).one("title").text == "Shared dashboard"


def test_a_network_with_many_wrong_links_has_to_wait(client: Client) -> None:
    path, secret = create()
    for _ in range(10):
        assert client.post(path, {"secret": "wrong"}).status_code == 404

    response = client.post(path, {"secret": secret})

    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 6
    assert client.post(path, {"secret": secret}, REMOTE_ADDR="192.0.2.7").status_code == 303


def test_no_log_line_has_the_secret(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    path, secret = create()
    wrong = "b" * 32
    client.post(path, {"secret": wrong})
    client.post(path, {"secret": secret})
    client.get(path)
    SharedLink.objects.update(revoked=True)
    client.get(path)

    assert "Not Found" in caplog.text
    lines = [f"{record.getMessage()} {vars(record)}" for record in caplog.records]
    assert not [line for line in lines if secret in line or wrong in line]


@override_settings(SESSION_COOKIE_SECURE=True)
def test_the_cookie_is_as_secure_as_the_session(client: Client) -> None:
    opened(client)

    assert client.cookies[COOKIE]["secure"]


@override_settings(USE_TZ=False)
def test_links_work_without_time_zones(admin_client: Client) -> None:
    path, secret = create(expiry_date=timezone.now() + timedelta(minutes=1))

    assert admin_client.post(path, {"secret": secret}, follow=True).status_code == 200
    assert "active" in admin_client.get("/admin/landing/sharedlink/").content.decode()
