"""Every response limits what a page may do, and ``check --deploy`` finds nothing to improve."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import path

from landing_site.middleware import security_headers
from landing_site.urls import urlpatterns as site_urls
from tests.services.site import python
from tests.site.client import new_client

pytestmark = pytest.mark.django_db

DASHBOARD = "/admin/landing/analytics/dashboard/"
#: Production variables that pass all checks of Django.
BEHIND_TLS = {
    "SECURE_SSL_REDIRECT": "true",
    "SECURE_HSTS_SECONDS": "31536000",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": "true",
    "SECURE_HSTS_PRELOAD": "true",
    "SECURE_PROXY_SSL_HEADER": "X-Forwarded-Proto",
    "LANDING_TRUSTED_PROXY_COUNT": "1",
}
WITHOUT_TLS = {
    "SESSION_COOKIE_SECURE": "false",
    "CSRF_COOKIE_SECURE": "false",
    "LANDING_VISITOR_COOKIE_SECURE": "false",
}


def relaxed(request: HttpRequest) -> HttpResponse:
    return HttpResponse(headers={security_headers.POLICY: "default-src *"})


def failing(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a bug")


urlpatterns = [path("relaxed", relaxed), path("failing", failing), *site_urls]


def get(url: str, user: User | None = None, **headers: str) -> Any:
    client = new_client()
    client.raise_request_exception = False
    if user is not None:
        client.force_login(user)
    return async_to_sync(client.get)(url, headers=headers)


@pytest.mark.parametrize(
    ("url", "status", "policy"),
    [
        ("/", 200, security_headers.STRICT),
        ("/nowhere", 404, security_headers.STRICT),
        ("/failing", 500, security_headers.STRICT),
        ("/health/live", 200, security_headers.STRICT),
        ("/api/landing/stats/", 200, security_headers.STRICT),
        ("/static/landing/css/page.css", 200, security_headers.STRICT),
        ("/admin/nowhere/", 302, security_headers.ADMIN),
        ("/admin/login/", 200, security_headers.ADMIN),
        ("/api/docs/", 200, security_headers.API_DOCUMENTATION),
    ],
)
@pytest.mark.urls(__name__)
def test_each_response_has_the_policy_of_its_page(url: str, status: int, policy: str) -> None:
    response = get(url)
    assert response.status_code == status
    assert response[security_headers.POLICY] == policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


def test_a_refused_host_gets_the_headers_too() -> None:
    response = get("/", host="elsewhere.example")
    assert response.status_code == 400
    assert response[security_headers.POLICY] == security_headers.STRICT


def test_the_dashboard_has_trusted_types_and_the_rest_of_the_admin_has_not() -> None:
    staff = User.objects.create_superuser("ana", password="of-a-test")
    assert get(DASHBOARD, staff)[security_headers.POLICY] == security_headers.STRICT
    assert get("/admin/", staff)[security_headers.POLICY] == security_headers.ADMIN


@pytest.mark.parametrize(
    "policy",
    [security_headers.STRICT, security_headers.ADMIN, security_headers.API_DOCUMENTATION],
)
def test_no_policy_allows_inline_code_or_other_hosts(policy: str) -> None:
    directives = dict(each.split(" ", 1) for each in policy.split("; "))
    assert directives["default-src"] == directives["base-uri"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.urls(__name__)
def test_a_view_may_set_its_own_policy() -> None:
    assert get("/relaxed")[security_headers.POLICY] == "default-src *"


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("url", ["/nowhere", "/failing"])
def test_the_detailed_error_pages_of_development_have_no_policy(url: str, settings: Any) -> None:
    settings.DEBUG = True
    assert security_headers.POLICY not in get(url)


def test_the_elements_in_a_template_of_another_project_need_no_inline_code() -> None:
    tags = "{% load live_user_counter %}{% live_user_counter %}{% live_activity_feed %}"
    html = Template(tags).render(Context())
    assert "<live-user-counter" in html
    for inline in (
        "<style",
        "style=",
        "<script>",
        "javascript:",
        " onclick",
        " onload",
        " onerror",
    ):
        assert inline not in html


def check_deployment(production: dict[str, str], **variables: str) -> Any:
    given = {**production, **variables}
    return python("manage.py", "check", "--deploy", "--fail-level", "WARNING", **given)


def test_production_settings_behind_tls_pass_the_check_of_a_deployment(
    production: dict[str, str],
) -> None:
    done = check_deployment(production, **BEHIND_TLS)
    assert (done.returncode, done.stderr) == (0, "")


def test_settings_without_tls_are_possible_and_named_by_the_check(
    production: dict[str, str],
) -> None:
    done = check_deployment(production, **WITHOUT_TLS)
    assert done.returncode == 1
    for name in ("SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT", *list(WITHOUT_TLS)[:2]):
        assert name in done.stderr
    assert "ERROR" not in done.stderr
