"""Activities over REST: what happened, for everybody; publishing, for who may.

Owns who may publish and how a refusal looks. What a valid activity is, and what follows
from it, is :mod:`landing.activity`'s business.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from django.db import Error as DatabaseError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import ParseError, PermissionDenied, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.utils.urls import replace_query_param

from ..activity import publishing
from ..activity.validation import InvalidActivity
from ..models import Activity, PublishToken
from ..resilience.outage import Outage
from .activity_serializers import (
    PageQuerySerializer,
    PageSerializer,
    PublishedSerializer,
    PublishSerializer,
)
from .authentication import TokenAuthentication
from .pagination import Cursor, page
from .throttling import PublishThrottle
from .views import PublicView, Unreadable

outage = Outage(logging.getLogger(__name__), "Activities over REST", "they are answered with 503")

IDEMPOTENCY_KEY = "Idempotency-Key"
#: No activity needs so many, however it is escaped.
MAX_BODY_BYTES = 65_536


class MayPublish(BasePermission):
    """A token, or a member of staff who may add activities."""

    message = "Publishing takes a token, or a member of staff who may add activities."

    def has_permission(self, request: Request, view: Any) -> bool:
        if isinstance(request.auth, PublishToken):
            return True
        return bool(request.user.is_staff and request.user.has_perm("landing.add_activity"))


class ShortJSONParser(JSONParser):
    """JSON is UTF-8, whatever charset the request names; a long or deep one is refused."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise ParseError(_("This is more than %(bytes)d bytes.") % {"bytes": MAX_BODY_BYTES})
        try:
            return super().parse(BytesIO(body), media_type, {"encoding": "utf-8"})
        except RecursionError as error:
            raise ParseError(_("This JSON is nested too deeply.")) from error


class ActivitiesView(PublicView):
    """What happened, newest first, and publishing it."""

    parser_classes = (ShortJSONParser,)

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Reading is open to all, who need no session for it. The first one says 401."""
        if self.request is not None and self.request.method != "POST":
            return []
        return [TokenAuthentication(), SessionAuthentication()]

    def get_permissions(self) -> list[BasePermission]:
        if self.request.method != "POST":
            return super().get_permissions()  # type: ignore[return-value]
        return [MayPublish()]

    def get_throttles(self) -> list[BaseThrottle]:
        if self.request.method != "POST":
            return super().get_throttles()
        return [PublishThrottle()]

    @extend_schema(
        operation_id="landing_activities",
        summary="What happened",
        parameters=[PageQuerySerializer],
        responses={
            200: PageSerializer,
            400: OpenApiResponse(OpenApiTypes.OBJECT, "Each wrong parameter, with what is wrong."),
            503: OpenApiResponse(OpenApiTypes.OBJECT, "They cannot be read now."),
        },
        auth=[],
    )
    def get(self, request: Request) -> Response:
        asked = PageQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = page(Activity.objects.published(), **asked.validated_data)
        content = {
            "next": _link(request, found.older),
            "previous": _link(request, found.newer),
            "results": found.rows,
        }
        return Response(PageSerializer(content).data)

    @extend_schema(
        operation_id="landing_publish",
        summary="Publish an activity",
        parameters=[
            OpenApiParameter(
                IDEMPOTENCY_KEY,
                str,
                OpenApiParameter.HEADER,
                description="In place of `external_id`: the same request again publishes once.",
            )
        ],
        request=PublishSerializer,
        responses={
            201: PublishedSerializer,
            400: OpenApiResponse(OpenApiTypes.OBJECT, "Each wrong field, with what is wrong."),
            401: OpenApiResponse(OpenApiTypes.OBJECT, "No token, or a wrong one."),
            403: OpenApiResponse(OpenApiTypes.OBJECT, "No right to publish this."),
            415: OpenApiResponse(OpenApiTypes.OBJECT, "The body is no `application/json`."),
            429: OpenApiResponse(OpenApiTypes.OBJECT, "Too many; `Retry-After` says how long."),
            503: OpenApiResponse(OpenApiTypes.OBJECT, "It cannot be stored now. Try again."),
        },
    )
    def post(self, request: Request) -> Response:
        given = PublishSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        fields = _with_idempotency_key(given.validated_data, request._request)
        _require_scope(request.auth, fields["kind"])
        try:
            published = publishing.publish(**fields)
        except InvalidActivity as error:
            raise ValidationError({name: [text] for name, text in _named(error)}) from error
        return Response(PublishedSerializer(published).data, status.HTTP_201_CREATED)

    def handle_exception(self, exc: Exception) -> Response:
        """A database that is away is no fault of the caller, nor worth a traceback."""
        if isinstance(exc, DatabaseError):
            outage.record_failure(exc)
            exc = Unreadable()
        return super().handle_exception(exc)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        if response.status_code < status.HTTP_400_BAD_REQUEST:
            outage.record_success()
        return super().finalize_response(request, response, *args, **kwargs)


def _link(request: Request, cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    return str(replace_query_param(request.build_absolute_uri(), "cursor", str(cursor)))


def _with_idempotency_key(fields: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None:
        return fields
    if fields.get("external_id") not in (None, key):
        error = _("This is not the %(header)s of the request.") % {"header": IDEMPOTENCY_KEY}
        raise ValidationError({"external_id": [error]})
    return {**fields, "external_id": key}


def _require_scope(token: object, kind: str) -> None:
    if isinstance(token, PublishToken) and not token.may_publish(kind):
        kinds = ", ".join(token.kinds)
        raise PermissionDenied(_("This token may publish %(kinds)s only.") % {"kinds": kinds})


def _named(error: InvalidActivity) -> Sequence[tuple[str, str]]:
    """With the names that the request has for the fields."""
    names = {"created_at": "timestamp"}
    return [(names.get(field, field), text) for field, text in error.errors.items()]
