"""The REST API: what :mod:`landing.stats` and :mod:`landing.analytics.history` know, in JSON."""

from __future__ import annotations

import logging
from typing import Any

from django.db import Error as DatabaseError
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .. import stats
from ..analytics import history
from ..resilience.outage import Outage
from .serializers import HistoryQuerySerializer, HistorySerializer, StatsSerializer
from .throttling import StatsThrottle

outage = Outage(logging.getLogger(__name__), "Reading the history", "it is answered with 503")


class Unreadable(APIException):
    """The database is away, and nothing stands in for what it holds."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = gettext_lazy("The database is away. Try again later.")
    default_code = "unreadable"


class PublicView(APIView):
    """Open to all, who needs no session for it; no cache keeps what it says."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (JSONRenderer,)
    throttle_classes = (StatsThrottle,)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """No cache keeps a number, or an error, of a moment that has passed."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final["Cache-Control"] = "no-store"
        return final


class StatsView(PublicView):
    """The snapshot that every screen shows."""

    @extend_schema(
        operation_id="landing_stats",
        summary="How many people are here now",
        responses=StatsSerializer,
        auth=[],
    )
    def get(self, request: Request) -> Response:
        return Response(stats.snapshot().as_dict())


class HistoryView(PublicView):
    """The samples of the minutes, as a series without a gap, and their peaks."""

    @extend_schema(
        operation_id="landing_history",
        summary="How many people were here",
        parameters=[HistoryQuerySerializer],
        responses={
            200: HistorySerializer,
            400: OpenApiResponse(OpenApiTypes.OBJECT, "Each wrong parameter, with what is wrong."),
            503: OpenApiResponse(OpenApiTypes.OBJECT, "The history cannot be read now."),
        },
        auth=[],
    )
    def get(self, request: Request) -> Response:
        asked = HistoryQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        try:
            found = history.series(**asked.validated_data)
            peaks = history.peaks()
        except DatabaseError as error:
            outage.record_failure(error)
            raise Unreadable from error
        outage.record_success()
        content = {
            "hours": found.hours,
            "step_minutes": found.step_minutes,
            "points": found.points,
            "peaks": peaks.including(stats.snapshot().today.peak_people),
        }
        return Response(HistorySerializer(content).data)
