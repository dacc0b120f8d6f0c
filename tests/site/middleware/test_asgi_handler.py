"""Middleware in the event loop gives the same responses as in threads, and needs no thread."""

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

from landing_site.middleware.asgi_handler import REPLACEMENTS
from tests.site.client import new_client

pytestmark = pytest.mark.django_db

STATS, LOGIN = "/api/landing/stats/", "/admin/login/"
PASSWORD = "of-a-test"
TOKEN = "a-token-of-a-scraper"


def get(client: AsyncClient, path: str, **options: Any) -> HttpResponse:
    return async_to_sync(client.get)(path, **options)


def post(client: AsyncClient, path: str, form: dict[str, str], **options: Any) -> HttpResponse:
    return async_to_sync(client.post)(path, form, **options)


# -- responses


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        (STATS, {}),
        (STATS.rstrip("/"), {}),
        ("/admin/", {}),
        (LOGIN, {}),
        ("/metrics", {}),
        ("/metrics", {"Authorization": f"Bearer {TOKEN}"}),
        ("/static/landing/css/page.css", {}),
        ("/nowhere", {}),
        ("/", {"Host": "elsewhere.example"}),
        ("/", {"User-Agent": "forbidden"}),
        ("/", {"Cookie": "csrftoken=bad; sessionid=gone"}),
        ("/", {"X-Forwarded-Proto": "http"}),
    ],
)
def test_a_response_has_the_status_and_headers_that_django_gives_it(
    path: str, headers: dict[str, str], settings: Any
) -> None:
    settings.DISALLOWED_USER_AGENTS = [re.compile("forbidden")]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 3600
    settings.LANDING_METRICS_TOKEN = TOKEN
    headers = {"X-Forwarded-Proto": "https", **headers}

    in_the_loop = get(new_client(), path, headers=headers)
    in_threads = get(AsyncClient(), path, headers=headers)

    assert in_the_loop.status_code == in_threads.status_code
    for response in (in_the_loop, in_threads):
        for time_dependent in ("Content-Length", "Expires"):
            response.headers.pop(time_dependent, None)
    assert dict(in_the_loop.headers) == dict(in_threads.headers)
    assert set(in_the_loop.cookies) == set(in_threads.cookies)


def test_security_headers_are_on_the_page(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 3600
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    response = get(new_client(), "/", headers={"X-Forwarded-Proto": "https"})

    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Strict-Transport-Security"] == "max-age=3600"


# -- forms and sessions


def login(client: AsyncClient, **fields: str) -> HttpResponse:
    form = {"username": "ana", "password": PASSWORD, "next": "/admin/", **fields}
    return post(client, LOGIN, form)


@pytest.fixture
def staff() -> User:
    return User.objects.create_superuser("ana", password=PASSWORD)


@pytest.mark.parametrize("in_session", [False, True])
def test_a_login_without_the_csrf_token_is_rejected_and_with_it_opens_a_session(
    staff: User, settings: Any, in_session: bool
) -> None:
    settings.CSRF_USE_SESSIONS = in_session
    client = new_client(enforce_csrf_checks=True)
    page = get(client, LOGIN).content.decode()
    token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token

    assert login(client).status_code == 403
    assert login(client, csrfmiddlewaretoken="x" * 64).status_code == 403
    assert not Session.objects.filter(session_key=signed_in_session_key(client)).exists()

    assert login(client, csrfmiddlewaretoken=token[1]).status_code == 302
    assert Session.objects.filter(session_key=signed_in_session_key(client)).exists()
    assert get(client, "/admin/").status_code == 200


def signed_in_session_key(client: AsyncClient) -> str | None:
    """Return the key of the client's session if a user is signed in."""
    key = client.cookies["sessionid"].value if "sessionid" in client.cookies else None
    session = Session.objects.filter(session_key=key).first()
    return key if session is not None and "_auth_user_id" in session.get_decoded() else None


def test_a_form_from_another_origin_is_rejected(staff: User) -> None:
    client = new_client(enforce_csrf_checks=True)
    token = re.search('value="([^"]{64})"', get(client, LOGIN).content.decode())
    assert token
    form = {"username": "ana", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}

    response = post(client, LOGIN, form, headers={"Origin": "http://elsewhere.example"})

    assert response.status_code == 403


def test_a_message_is_shown_on_the_next_page_only(staff: User) -> None:
    client = new_client()
    client.force_login(staff)
    group = {"name": "writers", "_save": "Save"}
    assert post(client, "/admin/auth/group/add/", group).status_code == 302

    assert "was added successfully" in get(client, "/admin/auth/group/").content.decode()
    assert "was added successfully" not in get(client, "/admin/auth/group/").content.decode()


def test_a_session_is_saved_with_every_request_if_the_setting_is_on(
    staff: User, settings: Any
) -> None:
    settings.SESSION_SAVE_EVERY_REQUEST = True
    client = new_client()
    client.force_login(staff)

    assert "sessionid" in get(client, STATS).cookies


# -- threads


@contextmanager
def recorded_thread_steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Record the middleware steps that run in a thread during the block."""
    in_threads: set[str] = set()
    run_in_thread = SyncToAsync.__call__

    async def record(self: Any, *arguments: Any, **options: Any) -> Any:
        name = getattr(self.func, "__qualname__", "")
        if ".process_" in name:
            in_threads.add(name)
        return await run_in_thread(self, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(SyncToAsync, "__call__", record)
        yield in_threads


@pytest.mark.parametrize("path", ["/", STATS, "/metrics", LOGIN])
def test_a_step_that_cannot_block_runs_in_the_event_loop(
    path: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LANDING_METRICS_TOKEN = TOKEN
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with recorded_thread_steps(monkeypatch) as site_steps:
        assert get(new_client(), path, headers=headers).status_code == 200
    with recorded_thread_steps(monkeypatch) as django_steps:
        assert get(AsyncClient(), path, headers=headers).status_code == 200

    assert not site_steps
    assert {f"{name}Middleware.process_request" for name in ("Security", "Common")} <= django_steps


def test_a_step_that_may_block_runs_in_a_thread(
    staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = new_client()
    with recorded_thread_steps(monkeypatch) as login_steps:
        assert login(client).status_code == 302
    with recorded_thread_steps(monkeypatch) as group_steps:
        post(client, "/admin/auth/group/add/", {"name": "writers"})

    check = "CsrfViewMiddleware.process_view"
    assert login_steps == {check, "SessionMiddleware.process_response"}
    assert group_steps == {check, "MessageMiddleware.process_response"}


class OtherMiddleware(MiddlewareMixin):
    """Middleware of another package, which might block."""

    async def process_view(self, request: HttpRequest, *view: Any) -> None:
        self.loop = threading.get_ident()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response["X-In-Loop"] = str(threading.get_ident() == self.loop)
        return response


def test_other_middleware_runs_in_a_thread(settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.OtherMiddleware"]

    assert get(new_client(), STATS)["X-In-Loop"] == "False"


def test_loading_the_middleware_leaves_the_setting_unchanged() -> None:
    before = list(site_settings.MIDDLEWARE)
    get(new_client(), STATS)

    assert before == site_settings.MIDDLEWARE
    assert set(REPLACEMENTS) <= set(before)


@pytest.mark.parametrize(("path", "replacement"), REPLACEMENTS.items())
def test_a_replacement_runs_the_steps_of_djangos_middleware(path: str, replacement: type) -> None:
    assert import_string(path) in replacement.__bases__
    assert not {"process_request", "process_response"} & set(vars(replacement))


def test_no_middleware_of_the_site_is_synchronous_only() -> None:
    """Synchronous middleware makes a thread wait for the loop, forever if the loop has stopped."""
    for path in site_settings.MIDDLEWARE:
        assert getattr(import_string(path), "async_capable", False), path
