"""Serializers of the activities endpoint; their texts appear in the OpenAPI schema."""

from __future__ import annotations

from typing import Any, cast

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from ...activity import publishing
from ...activity.kinds import KINDS
from ...activity.recent import item_of
from ...activity.validation import InvalidActivity
from ...dates import isoformat
from ...models import ACTOR_LENGTH, EXTERNAL_ID_LENGTH, KIND_LENGTH, TEXT_LENGTH, Activity
from .serializers import PastTimeField

#: Fields of :func:`landing.activity.publish` that have another name in a request.
REQUEST_NAMES = {"created_at": "timestamp"}


class ActivitySerializer(serializers.Serializer[Activity]):
    """One activity as the public sees it."""

    id = serializers.IntegerField(min_value=1)
    kind = serializers.CharField(max_length=KIND_LENGTH)
    text = serializers.CharField(max_length=TEXT_LENGTH)
    actor = serializers.CharField(
        max_length=ACTOR_LENGTH, help_text="The public part of the actor's name."
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
    """One activity as its publisher sees it."""

    data = serializers.DictField(help_text="As published. Never public.")  # type: ignore[assignment]  # DRF moves it off the class
    external_id = serializers.CharField(max_length=EXTERNAL_ID_LENGTH, allow_null=True)

    def to_representation(self, instance: Activity) -> dict[str, Any]:
        return super().to_representation(instance) | {
            "data": instance.data,
            "external_id": instance.external_id,
        }


@extend_schema_serializer(many=False)  # the page holds the list, so it is not one itself
class PageSerializer(serializers.Serializer[Any]):
    """One page of activities, newest first. Describes ``ActivityPagination`` in the schema."""

    next = serializers.URLField(
        allow_null=True, help_text="Link to older activities; null on the last page."
    )
    previous = serializers.URLField(
        allow_null=True, help_text="Link to newer activities; null on the first page."
    )
    results = ActivitySerializer(many=True)


class TextField(serializers.CharField):
    """A string. DRF's own field also accepts numbers, and would publish "inf"."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class KindField(TextField):
    """The slug of a registered kind. :func:`landing.activity.publish` rejects others."""


class KindScheme(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """List the kinds in the schema. A site registers its own after this module is loaded."""

    target_class = KindField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return {"type": "string", "enum": sorted(KINDS)}


class PublishSerializer(serializers.Serializer[Activity]):
    """An activity to publish."""

    kind = KindField(max_length=KIND_LENGTH, help_text="A registered kind.")
    text = TextField(min_length=1, max_length=TEXT_LENGTH, help_text="What happened.")
    actor = TextField(
        max_length=ACTOR_LENGTH, required=False, allow_blank=True, help_text="Name of the actor."
    )
    data = serializers.DictField(  # type: ignore[assignment]  # DRF moves it off the class
        required=False, help_text="For programs. Never public."
    )
    external_id = TextField(
        required=False,
        allow_null=True,
        min_length=1,
        max_length=EXTERNAL_ID_LENGTH,
        help_text="Your id of the activity. Repeated requests with it publish once.",
    )
    timestamp = PastTimeField(
        required=False, source="created_at", help_text="When it happened. Default: now."
    )

    def to_internal_value(self, data: Any) -> Any:
        """Validate the fields, and reject unknown ones, which are probably misspelled."""
        unknown = self._find_unknown(data)
        try:
            fields = super().to_internal_value(data)
        except serializers.ValidationError as error:
            errors = cast("dict[str, Any]", error.detail)
            raise serializers.ValidationError(errors | unknown) from error
        if unknown:
            raise serializers.ValidationError(unknown)
        return fields

    def create(self, validated_data: dict[str, Any]) -> Activity:
        """Publish the activity. Raises ValidationError with the names that the request uses."""
        try:
            return publishing.publish(**validated_data)
        except InvalidActivity as error:
            errors = {REQUEST_NAMES.get(name, name): [text] for name, text in error.errors.items()}
            raise serializers.ValidationError(errors) from error

    def to_representation(self, instance: Activity) -> dict[str, Any]:
        return PublishedSerializer().to_representation(instance)

    def _find_unknown(self, data: Any) -> dict[str, list[str]]:
        known = ", ".join(self.fields)
        error = _("Unknown field. Known fields: %(known)s.") % {"known": known}
        names = data if isinstance(data, dict) else ()
        return {name: [error] for name in names if name not in self.fields}


class PublishScheme(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """State in the schema that unknown fields are rejected."""

    target_class = PublishSerializer

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, "additionalProperties": False}
