"""The host of a request: any for health checks, else one of ``ALLOWED_HOSTS``."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from landing.api import errors
from landing.health import views as health
from landing.resilience.counted_log import CountedLog
from landing_site.async_middleware import AsyncMiddleware, GetResponse
from landing_site.middleware import error_pages

logger = logging.getLogger(__name__)

#: A probe names no host of the site, and may use HTTP where the site redirects to HTTPS.
PROBES: dict[str, Callable[[HttpRequest], Awaitable[HttpResponseBase]]] = {
    "/health": health.ready,
    "/health/ready": health.ready,
    "/health/live": health.live,
}
#: Of a refused host in the log, in characters.
MAX_HOST_LENGTH = 100


class HostMiddleware(AsyncMiddleware):
    """Answer the health checks of probes, and refuse requests for other hosts."""

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self._log = CountedLog(logger)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response of a probe, a refusal, or the response of the site."""
        if probe := PROBES.get(request.path_info.rstrip("/")):
            return await probe(request)
        try:
            request.get_host()
        except DisallowedHost as error:
            host = request.META.get("HTTP_HOST", "")[:MAX_HOST_LENGTH]
            self._log.warn("Refused a request for the host %r, which is not in ALLOWED_HOSTS", host)
            return await error_pages.render(errors.bad_request, request, error)
        return await self.get_response(request)
