"""The routes of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from landing import urls as app_urls
from landing.api import errors
from landing_site.api_schema import DocsView, SchemaView
from landing_site.home import home

# Below /api/, errors are JSON.
handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error

app_urlpatterns = [
    path("", home, name="home"),
    *app_urls.build(socket="ws/landing/", api="api/landing/"),
]

urlpatterns = [
    path("", include((app_urlpatterns, app_urls.app_name))),
    path("health/", include("landing.health.urls")),
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path("api/docs/", DocsView.as_view(url_name="schema"), name="docs"),
    path("admin/", admin.site.urls),
    # Without a CSRF token, which would cost every visitor a second cookie. A forged request can
    # only change the language of the next page.
    path("language/", csrf_exempt(set_language), name="set_language"),
]
