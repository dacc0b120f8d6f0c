"""Who calls: a service, by its token.

Owns the header, and what is noted of a token's use. What a token may do is said in
:class:`landing.models.PublishToken`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_api_key.permissions import KeyParser

from ..models import PublishToken

#: As the library makes them; no query for anything else.
KEY = re.compile(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}")
#: A token's last use is noted no more often.
NOTE_EVERY = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Api-Key <token>``; ``request.auth`` is then the token's row."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, PublishToken] | None:
        key = KeyParser().get(request._request)
        if key is None:
            return None
        token = _token(key)
        if token is None:
            raise AuthenticationFailed(_("This token is unknown, revoked or expired."))
        _note_use(token)
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        return KeyParser.keyword


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The header, for the schema."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Api-Key <token>`",
        }


def _token(key: str) -> PublishToken | None:
    if not KEY.fullmatch(key):
        return None
    try:
        token = cast("PublishToken", PublishToken.objects.get_from_key(key))
    except PublishToken.DoesNotExist:
        return None
    return None if token.has_expired else token


def _note_use(token: PublishToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - NOTE_EVERY:
        PublishToken.objects.filter(pk=token.pk).update(last_used_at=now)
