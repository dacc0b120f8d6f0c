"""The stats and history endpoints."""

from __future__ import annotations

import logging
from typing import Any

from django.db import Error as DatabaseError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.metadata import SimpleMetadata
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from ... import stats
from ...analytics import history
from ...names import LABEL
from ...resilience import errors
from ...resilience.outage import Outage
from .. import stats_content
from . import examples
from .place_serializers import StatsQuerySerializer
from .serializers import HistoryQuerySerializer, HistorySerializer, StatsSerializer
from .throttling import StatsThrottle

outage = Outage(
    logging.getLogger(__name__),
    "Reading the history",
    "requests get a 503",
    errors=errors.database.labels("history_api"),
)


#: The response of a throttled request, for the schema.
THROTTLED = OpenApiResponse(
    OpenApiTypes.OBJECT, "Too many requests; retry after `Retry-After` seconds."
)


class DatabaseUnavailable(APIException):
    """Answers a request with 503 while the database is unavailable."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = gettext_lazy("The database is unavailable. Try again later.")
    default_code = "database_unavailable"


class PublicView(APIView):
    """Base of views that anyone may read, without a session and without caching.

    The defaults in ``REST_FRAMEWORK`` are those of the project's own API, so none applies here.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (JSONRenderer,)
    parser_classes = (JSONParser,)
    throttle_classes = (StatsThrottle,)
    content_negotiation_class = DefaultContentNegotiation
    metadata_class = SimpleMetadata
    versioning_class = None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Keep the user of the session, which the REST framework replaces by nobody."""
        super().setup(request, *args, **kwargs)
        #: queried at the first use
        self.session_user: object = getattr(request, "user", None)

    def get_exception_handler(self) -> Any:
        return exception_handler

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Forbid caching: numbers and errors are only valid now."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final["Cache-Control"] = "no-store"
        return final


class StatsView(PublicView):
    """The snapshot that every screen shows."""

    @extend_schema(
        operation_id=f"{LABEL}_stats",
        summary="Read the current numbers",
        parameters=[StatsQuerySerializer],
        responses={
            200: StatsSerializer,
            400: OpenApiResponse(OpenApiTypes.OBJECT, "Invalid parameters, each with an error."),
            429: THROTTLED,
        },
        examples=examples.STATS,
        auth=[],
    )
    def get(self, request: Request) -> Response:
        place = None
        if "place" in request.query_params:
            query = StatsQuerySerializer(data=request.query_params)
            query.is_valid(raise_exception=True)
            place = query.validated_data["place"]
        return Response(stats_content.read(place, self.session_user))


class HistoryView(PublicView):
    """The time series of the samples, without gaps, and the peaks."""

    @extend_schema(
        operation_id=f"{LABEL}_history",
        summary="Read the history",
        parameters=[HistoryQuerySerializer],
        responses={
            200: HistorySerializer,
            400: OpenApiResponse(OpenApiTypes.OBJECT, "Invalid parameters, each with an error."),
            429: THROTTLED,
            503: OpenApiResponse(OpenApiTypes.OBJECT, "The database is unavailable."),
        },
        examples=examples.HISTORY,
        auth=[],
    )
    def get(self, request: Request) -> Response:
        query = HistoryQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        try:
            series = history.read_series(**query.validated_data)
            peaks = history.read_peaks()
        except DatabaseError as error:
            outage.record_failure(error)
            raise DatabaseUnavailable from error
        outage.record_success()
        content = {
            "hours": series.hours,
            "step_minutes": series.step_minutes,
            "points": series.points,
            "peaks": peaks.including(stats.snapshot().today.peak_people),
        }
        return Response(HistorySerializer(content).data)
