"""The shapes of activities in the REST API, as programs see them in the schema."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from landing.activity import item_of
from landing.activity_text import (
    ACTOR_LENGTH,
    EXTERNAL_ID_LENGTH,
    KIND_LENGTH,
    TEXT_LENGTH,
)
from landing.api.serializers import PastMomentField, WholeNumberField
from landing.live.messages import isoformat
from landing.models import Activity

MAX_PAGE = 100


class ActivitySerializer(serializers.Serializer[Any]):
    """One activity as everybody sees it."""

    id = serializers.IntegerField(min_value=1)
    kind = serializers.CharField(max_length=KIND_LENGTH)
    text = serializers.CharField(max_length=TEXT_LENGTH)
    actor = serializers.CharField(
        max_length=ACTOR_LENGTH, help_text="As much of the name as the site shows."
    )
    timestamp = serializers.DateTimeField(help_text="When it happened.")

    def to_representation(self, instance: Activity) -> dict[str, Any]:
        item = item_of(instance)
        return {
            "id": item.id,
            "kind": item.kind,
            "text": item.text,
            "actor": item.actor,
            "timestamp": isoformat(item.timestamp_ms),
        }


class PublishedSerializer(ActivitySerializer):
    """One activity as whoever published it sees it."""

    data = serializers.DictField(help_text="As it was given; shown to nobody else.")  # type: ignore[assignment]  # DRF moves it off the class
    external_id = serializers.CharField(max_length=EXTERNAL_ID_LENGTH, allow_null=True)

    def to_representation(self, instance: Activity) -> dict[str, Any]:
        return super().to_representation(instance) | {
            "data": instance.data,
            "external_id": instance.external_id,
        }


class PageSerializer(serializers.Serializer[Any]):
    """One page of them, newest first."""

    next = serializers.URLField(allow_null=True, help_text="Those before these; null: none.")
    previous = serializers.URLField(allow_null=True, help_text="Those after these; null: none.")
    results = ActivitySerializer(many=True)


class PageQuerySerializer(serializers.Serializer[dict[str, Any]]):
    """Which page."""

    limit = WholeNumberField(
        min_value=1, max_value=MAX_PAGE, default=20, help_text="So many on a page."
    )
    cursor = serializers.CharField(
        required=False, max_length=500, help_text="As in `next` and `previous`."
    )


class PublishSerializer(serializers.Serializer[dict[str, Any]]):
    """What is to be published."""

    kind = serializers.CharField(max_length=KIND_LENGTH, help_text="One of the known kinds.")
    text = serializers.CharField(max_length=TEXT_LENGTH, help_text="What happened.")
    actor = serializers.CharField(
        max_length=ACTOR_LENGTH, required=False, allow_blank=True, help_text="Who did it."
    )
    data = serializers.DictField(  # type: ignore[assignment]  # DRF moves it off the class
        required=False, help_text="For programs; shown to nobody."
    )
    external_id = serializers.CharField(
        required=False,
        allow_null=True,
        max_length=EXTERNAL_ID_LENGTH,
        help_text="Your own name for it: published again with the same one, it is published once.",
    )
    timestamp = PastMomentField(
        required=False, source="created_at", help_text="When it happened; now, unless given."
    )

    def to_internal_value(self, data: Any) -> Any:
        """A misspelt field would be lost without a word."""
        given = super().to_internal_value(data)
        unknown = [name for name in data if name not in self.fields]
        if unknown:
            known = ", ".join(self.fields)
            error = _("There is no such field. Known fields: %(known)s.") % {"known": known}
            raise serializers.ValidationError({name: [error] for name in unknown})
        return given
