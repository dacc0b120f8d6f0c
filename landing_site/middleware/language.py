"""Select the language of a page."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

from landing_site.async_middleware import AsyncMiddleware, GetResponse

#: Pages for staff and programs, which are only in the site's own language, and generated files.
UNTRANSLATED_PATHS = ("/admin/", "/api/", "/brand/", "/health/", "/metrics")


class LanguageMiddleware(AsyncMiddleware):
    """Activate the language that the visitor selected, else the browser's first preference.

    Both steps of Django's ``LocaleMiddleware`` run in the event loop: they do not block, and
    Django would use a thread for each.
    """

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self._django = LocaleMiddleware(get_response)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response in the selected language."""
        if request.path_info.startswith(UNTRANSLATED_PATHS):
            translation.activate(settings.LANGUAGE_CODE)
            return await self.get_response(request)
        self._django.process_request(request)
        response = self._django.process_response(request, await self.get_response(request))
        patch_vary_headers(response, ("Cookie",))  # the selection is a cookie
        return response
