"""Authenticate services by their token, record when a token was last used, and recognize staff.

:class:`landing.models.PublishToken` defines what a token may publish.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import Error as DatabaseError
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_api_key.permissions import KeyParser

from ..dates import utc_now
from ..models import PublishToken
from ..visitors import session_user

#: The library's format of a key. Other texts cost no query.
KEY = re.compile(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}")
#: Minimum time between two updates of a token's ``last_used_at``.
LAST_USED_PRECISION = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """Authenticate ``Authorization: Api-Key <token>``. ``request.auth`` is the token's row."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, PublishToken] | None:
        key = KeyParser().get(request._request)
        if key is None:
            return None
        token = _find_token(key)
        if token is None:
            raise AuthenticationFailed(_("The token is unknown, revoked, or expired."))
        _record_use(token)
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        return KeyParser.keyword


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe the header in the schema."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Api-Key <token>`",
        }


def may_read_all(user: Any) -> bool:
    """Return whether a user, None without sessions, is staff who may see the dashboard."""
    try:
        return bool(user and user.is_staff and user.has_perm("landing.view_analytics"))
    except DatabaseError as error:
        session_user.outage.record_failure(error)
        return False
    except ValidationError:
        # The session is older than the type of the users' primary key.
        return False


def _find_token(key: str) -> PublishToken | None:
    if not KEY.fullmatch(key):
        return None
    try:
        token = cast("PublishToken", PublishToken.objects.get_from_key(key))
    except PublishToken.DoesNotExist:
        return None
    return None if token.has_expired else token


def _record_use(token: PublishToken) -> None:
    now = utc_now()
    if token.last_used_at is None or token.last_used_at < now - LAST_USED_PRECISION:
        PublishToken.objects.filter(pk=token.pk).update(last_used_at=now)
