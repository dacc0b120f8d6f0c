"""The site, with a page that has all elements and another encoding than UTF-8."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path
from django.utils.safestring import mark_safe

ENCODING = "windows-1252"
PAGE = """{% load live_user_counter %}<!doctype html>
<html lang="en">
<head><title>All elements</title>{{ head }}</head>
<body>
  <main>{% live_user_counter %}{% live_activity_feed %}{% live_places %}</main>
  <live-user-counter id="own" minimum="1000"></live-user-counter>
</body>
</html>
"""


def all_elements(request: HttpRequest) -> HttpResponse:
    """Return the page. The parameter ``head`` has more content for its head."""
    head = mark_safe(request.GET.get("head", ""))
    html = engines["django"].from_string(PAGE).render({"head": head}, request)
    content = html.encode(ENCODING, "xmlcharrefreplace")
    return HttpResponse(content, content_type=f"text/html; charset={ENCODING}")


urlpatterns = [path("all/", all_elements), path("", include("landing_site.urls"))]
