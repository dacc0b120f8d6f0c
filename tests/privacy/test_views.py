"""The page on privacy: its texts, and the button that forgets a visitor."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client

from landing.analytics import recording
from landing.models import Analytics, Event
from landing.privacy import views
from landing.visitors import visitor_cookie

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

CHROME = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36"
COOKIE = "landing_visitor"
ANA, BEN = b"a" * 16, b"b" * 16


def browser_of(visitor: bytes | None, *, checks_csrf: bool = False) -> Client:
    browser = Client(headers={"User-Agent": CHROME}, enforce_csrf_checks=checks_csrf)
    if visitor is not None:
        browser.cookies[COOKIE] = visitor_cookie.dump_cookie(visitor)
    return browser


def record(*visitors: bytes) -> None:
    Analytics.objects.bulk_create(
        Analytics(visitor_id=visitor, event=Event.PAGE_VIEW, path="/") for visitor in visitors
    )


def recorded() -> set[bytes]:
    assert recording.writer.flush()
    return set(Analytics.objects.values_list("visitor_id", flat=True))


def is_deleted(response: HttpResponse, name: str = COOKIE) -> bool:
    return bool(response.cookies[name]["max-age"] == 0)


def test_the_button_deletes_the_rows_and_the_cookie_of_its_visitor_only() -> None:
    record(ANA, ANA, BEN)
    response = browser_of(ANA).post("/privacy/")
    assert response.status_code == 200
    assert b"We deleted your visits" in response.content
    assert is_deleted(response)
    assert recorded() == {BEN}


def test_rows_that_wait_are_deleted_too() -> None:
    browser = browser_of(ANA)
    browser.get("/")
    browser.get("/privacy/")
    browser.post("/privacy/")
    assert recorded() == set()


def test_the_next_page_sees_somebody_new() -> None:
    browser = browser_of(None)
    browser.get("/")
    first = visitor_cookie.parse_cookie(browser.cookies[COOKIE].value)
    browser.post("/privacy/")
    browser.get("/")
    assert first is not None
    assert recorded() == {visitor_cookie.parse_cookie(browser.cookies[COOKIE].value)}
    assert first not in recorded()


def test_a_visitor_is_named_by_the_signed_cookie_only() -> None:
    record(ANA, BEN)
    browser = browser_of(None)
    browser.cookies[COOKIE] = visitor_cookie.dump_cookie(BEN)[:-1] + "!"
    response = browser.post("/privacy/", {"visitor": ANA.hex(), COOKIE: ANA.hex()})
    assert b"nothing to delete" in response.content
    assert recorded() == {ANA, BEN}


def test_a_form_of_another_site_deletes_nothing() -> None:
    record(ANA)
    assert browser_of(ANA, checks_csrf=True).post("/privacy/").status_code == 403
    assert recorded() == {ANA}


def test_the_form_of_the_page_is_accepted() -> None:
    record(ANA)
    browser = browser_of(ANA, checks_csrf=True)
    browser.get("/privacy/")
    token = browser.cookies["csrftoken"].value
    response = browser.post("/privacy/", {"csrfmiddlewaretoken": token})
    assert response.status_code == 200
    assert recorded() == set()


def test_both_names_of_the_cookie_are_deleted() -> None:
    browser = browser_of(ANA)
    browser.cookies[f"__Host-{COOKIE}"] = visitor_cookie.dump_cookie(ANA)
    response = browser.post("/privacy/", secure=True)
    assert is_deleted(response)
    assert is_deleted(response, f"__Host-{COOKIE}")
    assert response.cookies[f"__Host-{COOKIE}"]["secure"]


def test_during_a_database_outage_the_cookie_stays_for_another_attempt() -> None:
    def refuse(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(refuse):
        response = browser_of(ANA).post("/privacy/")
    assert response.status_code == 503
    assert COOKIE not in response.cookies


def test_a_flood_of_requests_runs_one_deletion_at_a_time() -> None:
    record(ANA)
    with views.running:
        response = browser_of(ANA).post("/privacy/")
    assert response.status_code == 503
    assert recorded() == {ANA}
    assert browser_of(ANA).post("/privacy/").status_code == 200
    assert recorded() == set()


def test_the_page_cannot_be_cached_by_others() -> None:
    assert "private" in browser_of(ANA).get("/privacy/")["Cache-Control"]


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Your privacy"),
        ("de", "Deine Privatsphäre"),
        ("es", "Tu privacidad"),
        ("ar", "خصوصيتك"),
    ],
)
def test_the_page_exists_in_each_language(language: str, title: str) -> None:
    page = browser_of(None).get("/privacy/", headers={"Accept-Language": language})
    assert f'<h1 id="privacy">{title}</h1>' in page.content.decode()


def test_the_page_states_the_settings(settings: Any) -> None:
    settings.LANDING_VISITOR_COOKIE_DAYS, settings.LANDING_RETENTION_DAYS = 30, 7
    page = browser_of(None).get("/privacy/").content.decode()
    assert "for 30 days" in page
    assert "after 7 days" in page
    settings.LANDING_PRUNE_DAILY = False
    assert "after 7 days" not in browser_of(None).get("/privacy/").content.decode()


def test_without_cookies_the_page_has_no_button(settings: Any) -> None:
    settings.LANDING_VISITOR_COOKIE = False
    response = browser_of(None).get("/privacy/")
    assert b'method="post" action="/privacy/"' not in response.content
    assert COOKIE not in response.cookies


def test_without_the_middleware_the_page_names_no_cookie_and_no_page_views(settings: Any) -> None:
    """A project need not have it."""
    text = "The pages you open"
    assert text in browser_of(None).get("/privacy/").content.decode()
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "Visitor" not in each]
    page = browser_of(None).get("/privacy/").content.decode()
    assert "No cookie." in page
    for claim in (text, "in a cookie", "every 5 minutes", "We delete your visits"):
        assert claim not in page

    settings.LANDING_VISITOR_COOKIE = False  # connections then leave rows
    page = browser_of(None).get("/privacy/").content.decode()
    assert "every 5 minutes" in page
    assert text not in page


def test_other_methods_are_refused() -> None:
    assert browser_of(ANA).delete("/privacy/").status_code == 405
