"""The places endpoint: how many people are on which page."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ... import conf, stats
from ...conf import spell
from ...dates import isoformat
from ...live.current_snapshot import Source
from ...live.places.counts import PlaceCounts
from ...live.places.privacy import ReadablePlaces
from ...names import LABEL
from ...visitors.sessions.accounts import may_read_all
from . import examples
from .place_serializers import PlacesQuerySerializer, PlacesSerializer
from .views import THROTTLED, PublicView


class PlacesView(PublicView):
    """The people by place. The public reads no number that could reveal the page of one person."""

    @extend_schema(
        operation_id=f"{LABEL}_places",
        summary="Read the people by place",
        description="Staff who may see the dashboard read all numbers. The public reads no number "
        f"below `{spell('LANDING_MIN_PLACE_PEOPLE')}`, and none that would reveal such a "
        "number. These people are part of `elsewhere`, and all numbers together remain `people`.",
        parameters=[PlacesQuerySerializer],
        responses={
            200: PlacesSerializer,
            400: OpenApiResponse(OpenApiTypes.OBJECT, "Invalid parameters, each with an error."),
            429: THROTTLED,
        },
        examples=examples.PLACES,
        auth=[],
    )
    def get(self, request: Request) -> Response:
        query = PlacesQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        counts = stats.places()
        if counts is None:
            return Response(_UNKNOWN)
        if may_read_all(self.session_user):
            readable = ReadablePlaces.for_staff(counts)
        else:
            readable = ReadablePlaces.for_public(counts, conf.read().LANDING_MIN_PLACE_PEOPLE)
        return Response(_content(counts, readable.first(query.validated_data["limit"])))


_UNKNOWN: dict[str, Any] = {
    "people": None,
    "elsewhere": None,
    "places": [],
    "source": Source.UNKNOWN.value,
    "as_of": None,
    "epoch": None,
    "version": 0,
}


def _content(counts: PlaceCounts, readable: ReadablePlaces) -> dict[str, Any]:
    snapshot, rows = counts.snapshot, readable.people_by_place.items()
    return {
        "people": snapshot.people,
        "elsewhere": readable.elsewhere,
        "places": [{"place": place, "people": people} for place, people in rows],
        "source": counts.source.value,
        "as_of": isoformat(snapshot.as_of_ms),
        "epoch": snapshot.epoch,
        "version": snapshot.version,
    }
