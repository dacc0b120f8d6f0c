"""Headers that limit what a page may do and load.

docs/security.md describes them. docs/decisions/0015-content-security-policy.md explains why the
policy has no nonces and why no library writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from landing_site.async_middleware import AsyncMiddleware

POLICY = "Content-Security-Policy"
DIRECTIVES: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
#: Only pages whose scripts are all ours. Django's admin and Swagger UI write HTML as text.
TRUSTED_TYPES = {"require-trusted-types-for": "'script'", "trusted-types": "'none'"}
#: Swagger UI draws icons from data URLs.
DOCUMENTATION = {"img-src": "'self' data:"}

DOCUMENTATION_VIEW = "docs"
STRICT_ADMIN_VIEWS = ("admin:landing_dashboard", "admin:landing_live_map")

OTHER_HEADERS: Mapping[str, str] = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer",
            "autoplay",
            "browsing-topics",
            "camera",
            "display-capture",
            "encrypted-media",
            "fullscreen",
            "geolocation",
            "gyroscope",
            "magnetometer",
            "microphone",
            "midi",
            "payment",
            "picture-in-picture",
            "publickey-credentials-get",
            "screen-wake-lock",
            "usb",
            "xr-spatial-tracking",
        )
    ),
    # Django's middleware sets it too, but not on responses that do not reach it.
    "X-Content-Type-Options": "nosniff",
}
#: With DEBUG, Django explains these errors on pages with inline scripts and styles.
DEBUG_PAGES = (HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR)


class SecurityHeadersMiddleware(AsyncMiddleware):
    """Add the headers to every response, unless a view has set them.

    It is outermost, so that error pages and redirects have them too. It never blocks.
    """

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response with the headers."""
        response = await self.get_response(request)
        for name, value in OTHER_HEADERS.items():
            response.headers.setdefault(name, value)
        if not (settings.DEBUG and response.status_code in DEBUG_PAGES):
            response.headers.setdefault(POLICY, _choose_policy(request))
        return response


def _serialize(directives: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in directives.items())


STRICT = _serialize({**DIRECTIVES, **TRUSTED_TYPES})
ADMIN = _serialize(DIRECTIVES)
API_DOCUMENTATION = _serialize({**DIRECTIVES, **DOCUMENTATION})


def _choose_policy(request: HttpRequest) -> str:
    """Return the policy of the page. Without a view, it is an error page."""
    match = request.resolver_match
    if match is None or match.view_name in STRICT_ADMIN_VIEWS:
        return STRICT
    if match.view_name == DOCUMENTATION_VIEW:
        return API_DOCUMENTATION
    return ADMIN if "admin" in match.app_names else STRICT
