"""Authenticate services by their token, and record when a token was last used.

:class:`landing.models.PublishToken` defines what a token may publish.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from ...dates import utc_now
from ...models import PublishToken
from ...tables.secrets import PREFIX_LENGTH, SECRET_LENGTH

#: The scheme of the ``Authorization`` header, in any case.
SCHEME = "Api-Key"
#: The form of a key. Other texts cost no query.
KEY = re.compile(rf"[A-Za-z0-9]{{{PREFIX_LENGTH}}}\.[A-Za-z0-9]{{{SECRET_LENGTH}}}")
#: Minimum time between two updates of a token's ``last_used_at``.
LAST_USED_PRECISION = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """Authenticate ``Authorization: Api-Key <token>``. ``request.auth`` is the token's row."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, PublishToken] | None:
        key = _read_key(request)
        if key is None:
            return None
        token = _find_token(key)
        if token is None:
            raise AuthenticationFailed(_("The token is unknown, revoked, or expired."))
        _record_use(token)
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe the header in the schema."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": f"`{SCHEME} <token>`",
        }


def _read_key(request: Request) -> str | None:
    """Return the text behind the scheme; None for another scheme, which is not for this app."""
    scheme, space, key = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return key if space and scheme.lower() == SCHEME.lower() else None


def _find_token(key: str) -> PublishToken | None:
    if not KEY.fullmatch(key):
        return None
    token: PublishToken | None = PublishToken.objects.find_usable(key.partition(".")[0])
    return token if token is not None and token.is_valid(key) else None


def _record_use(token: PublishToken) -> None:
    now = utc_now()
    if token.last_used_at is None or token.last_used_at < now - LAST_USED_PRECISION:
        PublishToken.objects.filter(pk=token.pk).update(last_used_at=now)
