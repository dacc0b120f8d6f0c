"""The REST API: reads what :mod:`landing.stats` knows and answers in JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from landing import stats
from landing.api.serializers import StatsSerializer
from landing.api.throttling import StatsThrottle


class StatsView(APIView):
    """The snapshot that every screen shows. Open to all, who needs no session for it."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (JSONRenderer,)
    throttle_classes = (StatsThrottle,)

    @extend_schema(
        operation_id="landing_stats",
        summary="How many people are here now",
        responses=StatsSerializer,
        auth=[],
    )
    def get(self, request: Request) -> Response:
        return Response(StatsSerializer(stats.snapshot().as_dict()).data)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """No cache keeps a number, or an error, of a moment that has passed."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final["Cache-Control"] = "no-store"
        return final
