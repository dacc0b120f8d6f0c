"""Middleware that sets the visitor cookie, records page views, and reports session changes.

It decides which responses are pages, and which pages the site does not record. Identity,
opt-out, and storage are in :mod:`landing.visitors` and :mod:`landing.analytics.recording`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.module_loading import import_string

from .. import conf
from ..limits.network import network_of
from ..live import worker
from ..live.sync import visitor_changes
from ..names import URLS
from ..visitors import client, exclusions, identity, set_cookie_header, visitor_cookie
from ..visitors.identity import Identity
from ..visitors.newcomers import newcomers
from ..visitors.sessions import change as session_change
from ..visitors.sessions.change import SessionChange
from . import recording, referrers
from .dimensions import request as request_dimensions
from .first_dwell_rows import first_dwell_rows

#: Paths of this repository's site for programs, with or without the last slash, whose HTML is API
#: documentation. Other projects have other paths, and set them as ignored ones.
NOT_PAGES = () if conf.is_host() else ("/api/", "/health/", "/metrics/")
#: How a project writes it in ``MIDDLEWARE``.
PATH = f"{__name__.rpartition('.analytics.')[0]}.middleware.VisitorMiddleware"
#: Routes of the app whose pages are not recorded: watching the dashboard of a link is not a visit.
NOT_PAGE_ROUTES = (f"{URLS}:shared_dashboard", f"{URLS}:shared_export")


class VisitorMiddleware:
    """Set the visitor cookie, record page views, and publish changes of sessions.

    It runs in the event loop of an ASGI server and in the threads of a WSGI server, anywhere in
    the list of middleware, with or without sessions.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """Return the response, with a visitor cookie if it is a page; a coroutine under ASGI."""
        if self._is_async:
            return self._respond_in_event_loop(request)
        response = self.get_response(request)
        if _has_saved_session(response):
            _publish(session_change.find(request))
        if is_page(request, response):
            _identify_and_record(request, response, identity.from_request(request))
        elif recording.writer.held_keys:
            _confirm_returning(request)
        return response

    async def _respond_in_event_loop(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await self.get_response(request)
        if _has_saved_session(response):
            _publish(await session_change.afind(request))
        if is_page(request, response):
            _identify_and_record(request, response, await identity.afrom_request(request))
        elif recording.writer.held_keys:
            _confirm_returning(request)
        return response


def is_page(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Return True if the response is a page of the site outside the admin."""
    content_type = response.headers.get("Content-Type", "")
    return (
        request.method == "GET"
        and response.status_code == 200
        and content_type.partition(";")[0].strip().lower() == "text/html"
        and not f"{request.path_info}/".startswith(NOT_PAGES)
        and not _is_static(request)
        and not _is_for_staff(request)
    )


def _is_static(request: HttpRequest) -> bool:
    """Return whether the path is one of static files, which a project may not have."""
    static_url: str | None = settings.STATIC_URL
    if static_url in (None, "", get_script_prefix()):
        return False
    # Django adds the root path of the site only to a relative setting.
    return any(path.startswith(str(static_url)) for path in (request.path, request.path_info))


def _is_for_staff(request: HttpRequest) -> bool:
    """Return whether a page is of an admin site, of which a project may have several."""
    match = request.resolver_match
    if match is not None and ("admin" in match.app_names or match.view_name in NOT_PAGE_ROUTES):
        return True
    try:
        return request.path.startswith(reverse("admin:index"))
    except NoReverseMatch:
        return False


def _has_saved_session(response: HttpResponseBase) -> bool:
    return response.status_code < 500  # Django does not save the session of a failed request


def _publish(change: SessionChange | None) -> None:
    if change is not None:
        worker.current().publish_change(change)


def _identify_and_record(
    request: HttpRequest, response: HttpResponseBase, sender: Identity
) -> None:
    """Set a missing cookie, renew an outdated one, and record the view.

    A visitor who is not recorded gets a cookie too, because presence counts by it. So does a
    prefetched page: the browser may show it later without another request.
    """
    is_recorded = _should_record(request, sender)
    new_visitor = None
    if not conf.read().LANDING_VISITOR_COOKIE:
        set_cookie_header.expire(request, response)
    elif sender.cookie is not None:
        is_opted_out = set_cookie_header.renew(request, response, sender.cookie)
        if is_opted_out and not sender.cookie.is_opted_out:
            # Tabs that are open already leave no more rows either.
            worker.current().publish_change(visitor_changes.opt_out(sender.visitor))
        _confirm_visitor(sender.network, sender.visitor)
        _announce_session(request, sender)
    else:
        fresh = visitor_cookie.create_visitor()
        is_opted_out = set_cookie_header.wants_opt_out(request, None)
        set_cookie_header.send(request, response, fresh, is_opted_out=is_opted_out)
        if is_recorded:
            first = newcomers.first_visitor(sender.visitor, fresh)
            sender = replace(sender, visitor=first)
            new_visitor = fresh if first != fresh else None
    if is_recorded and recording.admits(sender.network, sender.visitor):
        recording.record_page_view(
            sender,
            request.path,
            referrers.parse_external_host(request),
            dimensions=request_dimensions.read(request),
            connects_as=new_visitor or sender.visitor,
        )
        if new_visitor is None:
            first_dwell_rows.note(sender.visitor)


def _confirm_returning(request: HttpRequest) -> None:
    """Notice that a new cookie returns, for example from a page that polls the API."""
    cookie = visitor_cookie.read(request.COOKIES)
    if cookie is not None:
        _confirm_visitor(network_of(client.from_request(request).address), cookie.visitor)


def _confirm_visitor(network: str, visitor: bytes) -> None:
    # Only a visitor with a row needs a place in its network.
    if visitor in recording.writer.held_keys and recording.visitors.admit(network, visitor):
        recording.confirm_visitor(visitor)


def _announce_session(request: HttpRequest, sender: Identity) -> None:
    """Publish the session of a signed-in browser if its connections here have another user.

    Another application on the same domain may have signed it in.
    """
    live = worker.current()
    if sender.user is None or not live.is_serving:
        return
    session_key = request.session.session_key
    # Under ASGI, too, the middleware may run in a thread, if another one needs a thread.
    connections = tuple(live.connections().of_visitor(sender.visitor))
    # A session that a connection has already is read again anyway, and may have lost its user.
    if any(each.user != sender.user and each.session_key != session_key for each in connections):
        live.publish_change(SessionChange(sender.visitor, None, session_key))


def _should_record(request: HttpRequest, sender: Identity) -> bool:
    landing_settings = conf.read()
    if landing_settings.LANDING_IGNORE_STAFF and sender.is_staff:
        return False
    ignored = tuple(landing_settings.LANDING_IGNORED_PATHS)
    if request.path.startswith(ignored) or request.path_info.startswith(ignored):
        return False
    return exclusions.is_navigation(request.headers) and exclusions.may_be_recorded(request.headers)


def is_installed() -> bool:
    """Return whether the settings of the project name this middleware, or a subclass."""
    return any(map(_is_own, settings.MIDDLEWARE))


def _is_own(path: str) -> bool:
    try:
        found = import_string(path)
    except ImportError:  # a mistake of the project, which its server reports
        return False
    return isinstance(found, type) and issubclass(found, VisitorMiddleware)
