"""The activities endpoint: public reading, and publishing with a token or as staff.

Decides who may publish. :mod:`landing.activity` validates and stores.
"""

from __future__ import annotations

import logging
from io import BytesIO
from typing import Any

from django.db import Error as DatabaseError
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework import status
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import ParseError, PermissionDenied, ValidationError
from rest_framework.generics import ListCreateAPIView
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.throttling import BaseThrottle

from ...limits import hits
from ...limits.hits import Limit
from ...models import Activity, PublishToken
from ...names import LABEL, permission
from ...resilience import errors
from ...resilience.outage import Outage
from ...visitors.sessions.accounts import is_staff_with
from . import examples
from .activity_serializers import (
    ActivitySerializer,
    PageSerializer,
    PublishedSerializer,
    PublishSerializer,
)
from .authentication import TokenAuthentication
from .pagination import ActivityPagination, PageQuerySerializer
from .throttling import PublishThrottle
from .views import THROTTLED, DatabaseUnavailable, PublicView

outage = Outage(
    logging.getLogger(__name__),
    "The activities endpoint",
    "requests get a 503",
    errors=errors.database.labels("activities_api"),
)

IDEMPOTENCY_KEY = "Idempotency-Key"
#: Far more than the longest activity needs, however it is escaped.
MAX_BODY_BYTES = 65_536


class CanPublish(BasePermission):
    """Allow requests with a token, and staff who may add activities."""

    message = "To publish, send a token or sign in as staff who may add activities."

    def has_permission(self, request: Request, view: Any) -> bool:
        if isinstance(request.auth, PublishToken):
            return True
        return is_staff_with(request.user, permission("add_activity"))


class LimitedJSONParser(JSONParser):
    """Parse JSON in UTF-8, whatever charset the request names. Reject long and deep bodies."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            hits.count(Limit.BODY_BYTES)
            raise ParseError(_("Must be at most %(bytes)d bytes.") % {"bytes": MAX_BODY_BYTES})
        try:
            return super().parse(BytesIO(body), media_type, {"encoding": "utf-8"})
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply.")) from error


@extend_schema_view(
    get=extend_schema(
        operation_id=f"{LABEL}_activities",
        summary="Read activities",
        parameters=[PageQuerySerializer],
        responses={
            200: PageSerializer,
            400: OpenApiResponse(OpenApiTypes.OBJECT, "Invalid parameters, each with an error."),
            429: THROTTLED,
            503: OpenApiResponse(OpenApiTypes.OBJECT, "The database is unavailable."),
        },
        examples=examples.ACTIVITIES,
        auth=[],
    ),
    post=extend_schema(
        operation_id=f"{LABEL}_publish",
        summary="Publish an activity",
        parameters=[
            OpenApiParameter(
                IDEMPOTENCY_KEY,
                str,
                OpenApiParameter.HEADER,
                description="Same as `external_id`: repeated requests with it publish once.",
            )
        ],
        request=PublishSerializer,
        responses={
            201: PublishedSerializer,
            400: OpenApiResponse(OpenApiTypes.OBJECT, "Invalid fields, each with an error."),
            401: OpenApiResponse(OpenApiTypes.OBJECT, "The token is missing or not valid."),
            403: OpenApiResponse(OpenApiTypes.OBJECT, "No permission to publish this activity."),
            415: OpenApiResponse(OpenApiTypes.OBJECT, "The body is not `application/json`."),
            429: THROTTLED,
            503: OpenApiResponse(OpenApiTypes.OBJECT, "The database is unavailable. Try again."),
        },
        examples=examples.PUBLISH,
    ),
)
class ActivitiesView(PublicView, ListCreateAPIView):  # type: ignore[type-arg]  # DRF 3.14 takes none
    """Activities, newest first, and publishing."""

    queryset = Activity.objects.published()
    filter_backends = ()
    pagination_class = ActivityPagination
    parser_classes = (LimitedJSONParser,)

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Authenticate only those who publish. The first class sets the header of a 401."""
        if self.request is not None and self.request.method != "POST":
            return []
        return [TokenAuthentication(), SessionAuthentication()]

    def get_permissions(self) -> list[BasePermission]:
        if self.request.method != "POST":
            return super().get_permissions()  # type: ignore[return-value]
        return [CanPublish()]

    def get_throttles(self) -> list[BaseThrottle]:
        if self.request.method != "POST":
            return super().get_throttles()
        return [PublishThrottle()]

    def get_serializer_class(self) -> type[BaseSerializer[Activity]]:
        return PublishSerializer if self.request.method == "POST" else ActivitySerializer

    def perform_create(self, serializer: BaseSerializer[Activity]) -> None:
        fields = serializer.validated_data
        external_id = self._external_id(fields.get("external_id"))
        token = self.request.auth
        if isinstance(token, PublishToken) and not token.may_publish(fields["kind"]):
            kinds = ", ".join(token.kinds)
            raise PermissionDenied(_("This token may only publish %(kinds)s.") % {"kinds": kinds})
        serializer.save(external_id=external_id)

    def handle_exception(self, exc: Exception) -> Response:
        """Answer database errors with 503, and log one line per outage."""
        if isinstance(exc, DatabaseError):
            outage.record_failure(exc)
            exc = DatabaseUnavailable()
        return super().handle_exception(exc)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        if response.status_code < status.HTTP_400_BAD_REQUEST:
            outage.record_success()
        return super().finalize_response(request, response, *args, **kwargs)

    def _external_id(self, external_id: str | None) -> str | None:
        """Return the id from the header or the body. Raises ValidationError if they differ."""
        key = self.request.headers.get(IDEMPOTENCY_KEY)
        if key is not None and external_id not in (None, key):
            error = _("Must equal the %(header)s header.") % {"header": IDEMPOTENCY_KEY}
            raise ValidationError({"external_id": [error]})
        return external_id if key is None else key
