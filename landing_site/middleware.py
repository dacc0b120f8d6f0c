"""In which language a page greets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

#: For staff and programs: these speak the site's own language only.
NOT_TRANSLATED = ("/admin/", "/api/", "/health/", "/metrics")


class LanguageMiddleware:
    """The language that a visitor chose, else the first that the browser asks for.

    Django's own middleware in one go: it waits for nothing, and a thread for each half of
    it would be all that it costs. Async only: Django adapts it where it runs synchronously.
    """

    sync_capable = False
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        self._django = LocaleMiddleware(get_response)
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(NOT_TRANSLATED):
            translation.activate(settings.LANGUAGE_CODE)
            return await self.get_response(request)
        self._django.process_request(request)
        response = self._django.process_response(request, await self.get_response(request))
        patch_vary_headers(response, ("Cookie",))  # which keeps the choice
        return response
