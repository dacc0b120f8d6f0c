"""The page of a shared link: the form that opens it, and the dashboard."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.conf import settings
from django.core.handlers.exception import response_for_exception
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from ... import conf
from ...dates import to_aware, utc_now
from ...limits import hits
from ...limits.hits import Limit
from ...limits.network import network_of
from ...names import LABEL, URLS
from ...tables.shared_links import SharedLink
from ...visitors import client
from ..dashboard import export as dashboard_export
from ..dashboard import views
from ..dashboard.views import Access
from . import read_limit, secrets

DASHBOARD = "live_user_counter/admin/shared_dashboard.html"
FORM = "live_user_counter/shared_link.html"
COOKIE = f"{LABEL}_shared_link"
#: The cookie lasts until the link expires, and at most this long.
COOKIE_SECONDS = 30 * 24 * 60 * 60
HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}

View = Callable[[HttpRequest, str], HttpResponse]


def _protect(view: View) -> View:
    """Keep the page and its errors out of caches and search engines, and its address private."""

    @never_cache
    @wraps(view)
    def protected(request: HttpRequest, prefix: str) -> HttpResponse:
        try:
            response = view(request, prefix)
        except Http404 as error:
            response = response_for_exception(request, error)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return protected


# The form needs no token: a forged one could only show the dashboard to someone with the link.
@csrf_exempt
@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@_protect
def shared_dashboard(request: HttpRequest, prefix: str) -> HttpResponse:
    """Return the dashboard, or the form for the secret to a browser without the cookie."""
    link = _find(prefix)
    if request.method == "POST":
        return _open(request, link)
    template = views.PARTS.get(request.GET.get("part", ""), DASHBOARD)
    if not _has_access(request, link):
        if template != DASHBOARD:
            raise Http404("The cookie of the link is missing.")
        base = conf.read().LANDING_BASE_TEMPLATE
        return TemplateResponse(request, FORM, {"base_template": base})
    if wait_seconds := read_limit.wait_seconds(request, prefix):
        return _refuse(wait_seconds, "Too many ranges and filters for now.")
    secrets.record_use(link)
    export_url = reverse(f"{URLS}:shared_export", args=[prefix])
    access = Access(export_url=export_url, is_shared=True)
    # In the language of the admin, which is the only one of the dashboard.
    with translation.override(settings.LANGUAGE_CODE):
        context = {"title": "Dashboard", **views.build_context(request, template, access)}
        context["watcher_counts"] = True
        status = views.find_status(context)
        page = TemplateResponse(request, template, context, status=status).render()
    page["Content-Language"] = settings.LANGUAGE_CODE
    return page


@require_safe
@_protect
def shared_export(request: HttpRequest, prefix: str) -> HttpResponse:
    """Return the figures of the dashboard as CSV. They contain no row of a visitor."""
    if not _has_access(request, _find(prefix)):
        raise Http404("The cookie of the link is missing.")
    if wait_seconds := read_limit.wait_seconds(request, prefix, may_wait_long=True):
        return _refuse(wait_seconds, "Too many ranges and filters for now.")
    return dashboard_export.respond(request)


def _find(prefix: str) -> SharedLink:
    link: SharedLink | None = SharedLink.objects.find_usable(prefix)
    if link is None:
        # Not a guess: a page that was open before keeps asking after its link has ended.
        raise Http404("The link is unknown, revoked, or expired.")
    return link


@sensitive_variables("secret")
def _open(request: HttpRequest, link: SharedLink) -> HttpResponse:
    """Set the cookie for the right secret. The field may have the whole link."""
    network = network_of(client.from_request(request).address)
    if wait_seconds := secrets.wrong_links.wait_seconds(network):
        return _refuse(wait_seconds, "Too many wrong links from your network.")
    secret = request.POST.get("secret", "").strip().rpartition("#")[2]
    if not secrets.is_right(link, secret):
        secrets.wrong_links.spend(network)
        raise Http404("The secret of the link is wrong.")
    seconds = COOKIE_SECONDS
    if link.expiry_date is not None:
        seconds = min(seconds, math.ceil((to_aware(link.expiry_date) - utc_now()).total_seconds()))
    response = HttpResponseRedirect(request.get_full_path())
    response.status_code = HTTPStatus.SEE_OTHER
    response.set_cookie(
        COOKIE,
        secret,
        max_age=seconds,
        path=reverse(secrets.URL_NAME, args=[link.prefix]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _has_access(request: HttpRequest, link: SharedLink) -> bool:
    # Without a limit: others in the network must not lock out a browser with the right cookie.
    return secrets.is_right(link, request.COOKIES.get(COOKIE, ""))


def _refuse(wait_seconds: float, problem: str) -> HttpResponse:
    hits.count(Limit.SHARED_LINKS)
    seconds = math.ceil(wait_seconds)
    response = HttpResponse(
        f"{problem} Try again in {seconds} s.",
        status=HTTPStatus.TOO_MANY_REQUESTS,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": str(seconds)},
    )
    # Django would log a line for each attempt of an attack.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
