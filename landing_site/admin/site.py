"""The admin site, which hashes no password for a locked or busy network."""

from __future__ import annotations

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from landing_site.admin import login_limits


class LimitedAdminSite(admin.AdminSite):
    """Django's admin site with the limits of :mod:`landing_site.admin.login_limits`."""

    # In the thread of the request: a client that disconnects ends the view, but not its thread.
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method != "POST":
            return super().login(request, extra_context)
        if not AxesProxyHandler.is_allowed(request):
            return login_limits.respond_locked(request)
        with login_limits.running_logins.running(login_limits.find_network(request)) as is_free:
            if is_free:
                return super().login(request, extra_context)
        return login_limits.refuse_busy()
