"""Django's middleware in the event loop: the answers are the same, and no thread is needed."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, async_to_sync
from django.conf import settings as site_settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient
from django.utils.deprecation import MiddlewareMixin
from django.utils.module_loading import import_string

from landing_site import handler
from tests.site import in_loop

pytestmark = pytest.mark.django_db

STATS, LOGIN = "/api/landing/stats/", "/admin/login/"
PASSWORD = "of-a-test"


def ask(client: AsyncClient, path: str, **given: Any) -> HttpResponse:
    return async_to_sync(client.get)(path, **given)


def post(client: AsyncClient, path: str, content: dict[str, str], **given: Any) -> HttpResponse:
    return async_to_sync(client.post)(path, content, **given)


# -- what an answer is


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        (STATS, {}),
        (STATS.rstrip("/"), {}),
        ("/admin/", {}),
        (LOGIN, {}),
        ("/metrics", {}),
        ("/static/landing/css/page.css", {}),
        ("/nowhere", {}),
        ("/", {"Host": "elsewhere.example"}),
        ("/", {"User-Agent": "forbidden"}),
        ("/", {"Cookie": "csrftoken=bad; sessionid=gone"}),
        ("/", {"X-Forwarded-Proto": "http"}),
    ],
)
def test_an_answer_has_the_status_and_the_headers_that_django_gives_it(
    path: str, headers: dict[str, str], settings: Any
) -> None:
    settings.DISALLOWED_USER_AGENTS = [re.compile("forbidden")]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 3600
    given = {"headers": {"X-Forwarded-Proto": "https", **headers}}

    ours, djangos = ask(in_loop.new_client(), path, **given), ask(AsyncClient(), path, **given)

    assert ours.status_code == djangos.status_code
    for answer in (ours, djangos):
        for of_its_moment in ("Content-Length", "Expires"):
            answer.headers.pop(of_its_moment, None)
    assert dict(ours.headers) == dict(djangos.headers)
    assert set(ours.cookies) == set(djangos.cookies)


def test_security_headers_are_on_the_page(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 3600
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    answer = ask(in_loop.new_client(), "/", headers={"X-Forwarded-Proto": "https"})

    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Strict-Transport-Security"] == "max-age=3600"


# -- forms and sessions


def login(client: AsyncClient, **given: Any) -> HttpResponse:
    content = {"username": "ana", "password": PASSWORD, "next": "/admin/", **given}
    return post(client, LOGIN, content)


@pytest.fixture
def staff() -> User:
    return User.objects.create_superuser("ana", password=PASSWORD)


@pytest.mark.parametrize("in_session", [False, True])
def test_a_form_without_its_token_is_refused_and_with_it_opens_a_session(
    staff: User, settings: Any, in_session: bool
) -> None:
    settings.CSRF_USE_SESSIONS = in_session
    client = in_loop.new_client(enforce_csrf_checks=True)
    shown = ask(client, LOGIN)
    token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', shown.content.decode())
    assert token

    assert login(client).status_code == 403
    assert login(client, csrfmiddlewaretoken="x" * 64).status_code == 403
    assert not Session.objects.filter(session_key=staff_session(client)).exists()

    assert login(client, csrfmiddlewaretoken=token[1]).status_code == 302
    assert Session.objects.filter(session_key=staff_session(client)).exists()
    assert ask(client, "/admin/").status_code == 200


def staff_session(client: AsyncClient) -> str | None:
    """The key of a session in which somebody has signed in."""
    key = client.cookies["sessionid"].value if "sessionid" in client.cookies else None
    found = Session.objects.filter(session_key=key).first()
    return key if found is not None and "_auth_user_id" in found.get_decoded() else None


def test_a_form_from_another_origin_is_refused(staff: User) -> None:
    client = in_loop.new_client(enforce_csrf_checks=True)
    token = re.search('value="([^"]{64})"', ask(client, LOGIN).content.decode())
    assert token
    content = {"username": "ana", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}

    answer = post(client, LOGIN, content, headers={"Origin": "http://elsewhere.example"})

    assert answer.status_code == 403


def test_a_message_is_stored_and_shown_by_the_next_page_only(staff: User) -> None:
    client = in_loop.new_client()
    client.force_login(staff)
    group = {"name": "writers", "_save": "Save"}
    assert post(client, "/admin/auth/group/add/", group).status_code == 302

    assert "was added successfully" in ask(client, "/admin/auth/group/").content.decode()
    assert "was added successfully" not in ask(client, "/admin/auth/group/").content.decode()


def test_a_session_is_saved_with_every_request_where_the_setting_says_so(
    staff: User, settings: Any
) -> None:
    settings.SESSION_SAVE_EVERY_REQUEST = True
    client = in_loop.new_client()
    client.force_login(staff)

    assert "sessionid" in ask(client, STATS).cookies


# -- how it comes about


@contextmanager
def handed_to_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The steps of middleware that do not stay in the event loop meanwhile."""
    handed_over: set[str] = set()
    hand_over = SyncToAsync.__call__

    async def note(self: Any, *arguments: Any, **options: Any) -> Any:
        name = getattr(self.func, "__qualname__", "")
        if ".process_" in name:
            handed_over.add(name)
        return await hand_over(self, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(SyncToAsync, "__call__", note)
        yield handed_over


@pytest.mark.parametrize("path", ["/", STATS, "/metrics", LOGIN])
def test_no_step_that_waits_for_nothing_goes_to_a_thread(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with handed_to_threads(monkeypatch) as ours:
        assert ask(in_loop.new_client(), path).status_code == 200
    with handed_to_threads(monkeypatch) as djangos:
        assert ask(AsyncClient(), path).status_code == 200

    assert not ours
    assert {f"{name}Middleware.process_request" for name in ("Security", "Common")} <= djangos


def test_a_step_that_may_wait_goes_to_a_thread(
    staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = in_loop.new_client()
    with handed_to_threads(monkeypatch) as of_the_login:
        assert login(client).status_code == 302
    with handed_to_threads(monkeypatch) as of_the_group:
        post(client, "/admin/auth/group/add/", {"name": "writers"})

    check = "CsrfViewMiddleware.process_view"
    assert of_the_login == {check, "SessionMiddleware.process_response"}
    assert of_the_group == {check, "MessageMiddleware.process_response"}


class Elsewhere(MiddlewareMixin):
    """Somebody's own middleware, which might wait for anything."""

    async def process_view(self, request: HttpRequest, *view: Any) -> None:
        self.loop = threading.get_ident()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response["X-In-Loop"] = str(threading.get_ident() == self.loop)
        return response


def test_any_other_middleware_goes_to_a_thread_as_ever(settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Elsewhere"]

    assert ask(in_loop.new_client(), STATS)["X-In-Loop"] == "False"


def test_the_settings_name_djangos_own_middleware_before_and_after() -> None:
    before = list(site_settings.MIDDLEWARE)
    ask(in_loop.new_client(), STATS)

    assert before == site_settings.MIDDLEWARE
    assert set(handler.IN_LOOP) <= set(before)


@pytest.mark.parametrize(("path", "ours"), handler.IN_LOOP.items())
def test_what_stands_in_takes_the_steps_of_djangos_own(path: str, ours: type) -> None:
    assert import_string(path) in ours.__bases__
    assert not {"process_request", "process_response"} & set(vars(ours))


def test_no_middleware_of_the_site_makes_a_thread_wait_for_the_event_loop() -> None:
    """A thread that waits for a loop which has stopped waits for ever, and the process for it."""
    for path in site_settings.MIDDLEWARE:
        assert getattr(import_string(path), "async_capable", False), path
