"""Middleware that sets the visitor cookie, records page views, and reports session changes.

It decides which responses are pages, and which pages the site does not record. Identity,
opt-out, and storage are in :mod:`landing.visitors` and :mod:`landing.analytics.recording`.
"""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import NoReverseMatch, reverse

from .. import conf
from ..async_middleware import AsyncMiddleware
from ..limits.network import network_of
from ..live import worker
from ..live.sync import visitor_changes
from ..visitors import client, exclusions, identity, set_cookie_header, visitor_cookie
from ..visitors.identity import Identity
from ..visitors.newcomers import newcomers
from ..visitors.sessions import change as session_change
from ..visitors.sessions.change import SessionChange
from . import recording, referrers
from .dimensions import request as request_dimensions
from .first_dwell_rows import first_dwell_rows

#: Paths for programs, with or without the last slash, whose HTML is API documentation; and the
#: dashboard of a shared link, because watching is not a visit.
NOT_PAGES = ("/api/", "/health/", "/metrics/", "/shared-dashboard/")


class VisitorMiddleware(AsyncMiddleware):
    """Set the visitor cookie, record page views, and publish changes of sessions."""

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response, with a visitor cookie if it is a page."""
        response = await self.get_response(request)
        if response.status_code < 500:  # Django does not save the session of a failed request
            change = await session_change.find(request)
            if change is not None:
                worker.current().publish_change(change)
        if is_page(request, response):
            await _identify_and_record(request, response)
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
        and not f"{request.path_info}/".startswith((*NOT_PAGES, settings.STATIC_URL))
        and not request.path.startswith(_admin_prefix())
    )


def _admin_prefix() -> tuple[str, ...]:
    try:
        return (reverse("admin:index"),)
    except NoReverseMatch:
        return ()


async def _identify_and_record(request: HttpRequest, response: HttpResponseBase) -> None:
    """Set a missing cookie, renew an outdated one, and record the view.

    A visitor who is not recorded gets a cookie too, because presence counts by it. So does a
    prefetched page: the browser may show it later without another request.
    """
    sender = await identity.from_request(request)
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
    connections = live.connections().of_visitor(sender.visitor)
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
