"""Serializers of places; their texts appear in the OpenAPI schema."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from ...live.places.counts import TOP
from ...places import names
from .serializers import (
    EpochField,
    FigureField,
    QuerySerializer,
    SourceField,
    VersionField,
    WholeNumberField,
)


class StatsQuerySerializer(QuerySerializer):
    """The query parameters of the stats."""

    place = serializers.RegexField(
        r"^[^\x00]+$",
        max_length=names.MAX_PATH_LENGTH,
        trim_whitespace=False,
        required=False,
        error_messages={"invalid": "Enter the path or the name of a page, for example /pricing."},
        help_text="The path of a page, such as `/pricing`, or the name that a template gave it, "
        "such as `article:42`. The response then has `here`.",
    )

    def validate_place(self, text: str) -> str:
        """Return the name of the place, empty for a text that never is one."""
        return names.normalize(text)


class PlacesQuerySerializer(QuerySerializer):
    """The query parameters of the places."""

    limit = WholeNumberField(
        min_value=1, max_value=TOP, default=20, help_text="Maximum number of places."
    )


class PlaceSerializer(serializers.Serializer[Any]):
    """One place and its people."""

    place = serializers.CharField(help_text="The path, without its last slash, or a name.")
    people = FigureField(
        help_text="People at this place; null if the public may not read the number."
    )


# Describes the response in the schema, as StatsSerializer does.
class PlacesSerializer(serializers.Serializer[Any]):
    """The people by place. A person is at one place: the page that opened last."""

    people = FigureField(help_text="People here now, at all places and elsewhere.")
    elsewhere = FigureField(
        help_text="People on pages without a place, and at places that are not in the list. For "
        "the public, also people at places without a number."
    )
    places = PlaceSerializer(
        many=True, help_text="Those with the most people first, and those without a number last."
    )
    source = SourceField()  # type: ignore[assignment]  # DRF moves it off the class
    as_of = serializers.DateTimeField(
        allow_null=True, help_text="When the people were counted; null if unknown."
    )
    epoch = EpochField()
    version = VersionField()
