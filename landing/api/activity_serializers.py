"""The shapes of activities in the REST API, as programs see them in the schema."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.utils.translation import gettext as _
from rest_framework import serializers

from ..activity.recent import item_of
from ..dates import isoformat
from ..models import ACTOR_LENGTH, EXTERNAL_ID_LENGTH, KIND_LENGTH, TEXT_LENGTH, Activity
from .pagination import Cursor
from .serializers import PastMomentField, QuerySerializer, WholeNumberField

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

    data = serializers.DictField(help_text="As it was given; public nowhere.")  # type: ignore[assignment]  # DRF moves it off the class
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


class CursorField(serializers.CharField):
    """Where a page begins, as a page before said."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": "This is no cursor of this list.",
    }

    def to_internal_value(self, data: Any) -> Any:
        cursor = Cursor.parse(data)
        if cursor is None:
            self.fail("invalid")
        return cursor


class PageQuerySerializer(QuerySerializer):
    """Which page."""

    limit = WholeNumberField(
        min_value=1, max_value=MAX_PAGE, default=20, help_text="So many on a page."
    )
    cursor = CursorField(default=None, help_text="As in `next` and `previous`.")


class TextField(serializers.CharField):
    """A text: DRF would take a number for one, and publish "inf"."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class PublishSerializer(serializers.Serializer[dict[str, Any]]):
    """What is to be published."""

    kind = TextField(max_length=KIND_LENGTH, help_text="One of the known kinds.")
    text = TextField(max_length=TEXT_LENGTH, help_text="What happened.")
    actor = TextField(
        max_length=ACTOR_LENGTH, required=False, allow_blank=True, help_text="Who did it."
    )
    data = serializers.DictField(  # type: ignore[assignment]  # DRF moves it off the class
        required=False, help_text="For programs; public nowhere."
    )
    external_id = TextField(
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
        unknown = self._unknown(data)
        try:
            given = super().to_internal_value(data)
        except serializers.ValidationError as error:
            wrong = cast("dict[str, Any]", error.detail)
            raise serializers.ValidationError(wrong | unknown) from error
        if unknown:
            raise serializers.ValidationError(unknown)
        return given

    def _unknown(self, data: Any) -> dict[str, list[str]]:
        known = ", ".join(self.fields)
        error = _("There is no such field. Known fields: %(known)s.") % {"known": known}
        names = data if isinstance(data, dict) else ()
        return {name: [error] for name in names if name not in self.fields}
