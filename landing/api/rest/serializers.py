"""Serializers of the stats and history endpoints; their texts appear in the OpenAPI schema."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils import timezone
from rest_framework import ISO_8601, serializers

from ...analytics.history import MAX_HOURS, MAX_POINTS
from ...conf import spell
from ...dates import EPOCH, utc_now
from ...live.current_snapshot import Source


class FigureField(serializers.IntegerField):
    """An integer of at least 0, or null if unknown."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, allow_null=True, **options)


class OptionalFigureField(FigureField):
    """A figure that only some responses have."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def get_attribute(self, instance: dict[str, Any]) -> Any:
        if self.field_name not in instance:
            raise serializers.SkipField
        return super().get_attribute(instance)


class SourceField(serializers.ChoiceField):
    """The source of the numbers."""

    _MEANINGS: ClassVar[dict[Source, str]] = {
        Source.LIVE: "read now",
        Source.STALE: "the last real value, read at `as_of`",
        Source.UNKNOWN: "no real value is known yet; the numbers and `as_of` are null",
        Source.SIMULATED: "demo data, only if the operator turned it on",
    }

    def __init__(self) -> None:
        choices = [(source.value, meaning) for source, meaning in self._MEANINGS.items()]
        super().__init__(choices=choices, help_text="The source of the numbers.")


class EpochField(serializers.CharField):
    """The life of the data, or null if unknown."""

    def __init__(self) -> None:
        help_text = "The life of the data, in which versions can be compared."
        super().__init__(allow_null=True, help_text=help_text)


class VersionField(serializers.IntegerField):
    """The version of a snapshot."""

    def __init__(self) -> None:
        super().__init__(
            min_value=0,
            max_value=2**53 - 1,  # JavaScript's largest safe integer; exceeds 32 bits already
            help_text="Rises with each change and never falls within an epoch; 0 if unknown.",
        )


class OnlineSerializer(serializers.Serializer[dict[str, Any]]):
    """People here now: connected, or within the grace period."""

    people = FigureField(help_text="People here now, each counted once across tabs and devices.")
    connections = FigureField(help_text="Open WebSockets.")
    signed_in = FigureField(help_text="People who are signed in.")
    anonymous = FigureField(help_text="People who are not signed in.")
    suspect = serializers.FloatField(
        min_value=0,
        max_value=1,
        allow_null=True,
        help_text="The share of people from networks near "
        f"`{spell('LANDING_NETWORK_MAX_PEOPLE')}`. A program may have invented them.",
    )


class TodaySerializer(serializers.Serializer[dict[str, Any]]):
    """Figures of the day so far, in the site's time zone."""

    visitors = FigureField(help_text="Distinct visitors.")
    page_views = FigureField(help_text="Page views.")
    peak_people = FigureField(help_text="The most people here at once.")


# Describes the response in the schema. Serializing with it would double the time of the view
# and return the same.
class StatsSerializer(serializers.Serializer[dict[str, Any]]):
    """The snapshot that every screen shows."""

    active_users_now = FigureField(
        help_text="Distinct visitors in the last 15 minutes (`window_minutes`). Never fewer than "
        "the people here now."
    )
    window_minutes = serializers.IntegerField(min_value=1)
    online = OnlineSerializer()
    today = TodaySerializer()
    source = SourceField()  # type: ignore[assignment]  # DRF moves it off the class
    as_of = serializers.DateTimeField(
        allow_null=True, help_text="When the people here were counted; null if unknown."
    )
    epoch = EpochField()
    version = VersionField()
    here = OptionalFigureField(
        help_text="People at `place`; only if the request has one. Null if unknown, and for the "
        f"public if it is below `{spell('LANDING_MIN_PLACE_PEOPLE')}` or would reveal such "
        "a number.",
    )


class WholeNumberField(serializers.IntegerField):
    """An integer in ASCII digits, without a decimal point, exponent, space, or underscore."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": "Enter a whole number."}

    def to_internal_value(self, data: Any) -> int:
        if not re.fullmatch("-?[0-9]+", data):
            self.fail("invalid")
        return super().to_internal_value(data)


class PastTimeField(serializers.DateTimeField):
    """A time since 1970 and not in the future, with a time zone."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": "Enter a time with a time zone, for example 2026-01-31T12:00:00Z.",
        "future": "Must not be in the future.",
        "too_early": "Must not be before 1970.",
    }

    def __init__(self, **options: Any) -> None:
        # Without USE_TZ, the default would be a time without a time zone.
        super().__init__(default_timezone=UTC, input_formats=[ISO_8601], **options)

    def to_internal_value(self, value: Any) -> datetime:
        # Python also accepts non-ASCII digits, and ignores a trailing NUL.
        if not isinstance(value, str) or not re.fullmatch("[0-9TZ:.+-]+", value):
            self.fail("invalid")
        time = super().to_internal_value(value)
        if time > utc_now():
            self.fail("future")
        if time < EPOCH:
            self.fail("too_early")
        return time

    def enforce_timezone(self, value: datetime) -> datetime:
        """Reject a time without a time zone instead of assuming one."""
        if timezone.is_naive(value):
            self.fail("invalid")
        return super().enforce_timezone(value)


class QuerySerializer(serializers.Serializer[dict[str, Any]]):
    """Query parameters. Unknown parameters are ignored."""

    def to_internal_value(self, data: QueryDict) -> Any:
        """Validate the parameters. Reject repeated ones: the intended value is unclear."""
        repeated = [name for name in self.fields.keys() if len(data.getlist(name)) > 1]
        if repeated:
            raise serializers.ValidationError(
                {name: ["Must be given only once."] for name in repeated}
            )
        return super().to_internal_value(data.dict())


class HistoryQuerySerializer(QuerySerializer):
    """The query parameters of the history."""

    hours = WholeNumberField(
        min_value=1, max_value=MAX_HOURS, default=24, help_text="Length of the series."
    )
    limit = WholeNumberField(
        min_value=1,
        max_value=MAX_POINTS,
        default=MAX_POINTS,
        help_text="Maximum number of points.",
    )
    until = PastTimeField(required=False, help_text="End of the series. Default: now.")


class PointSerializer(serializers.Serializer[Any]):
    """The average of the samples in one step. All figures are null if there is no sample."""

    at = serializers.DateTimeField(
        format=ISO_8601, default_timezone=UTC, help_text="Start of the step."
    )
    people = FigureField()
    connections = FigureField()
    active_users_now = FigureField(source="active")
    peak_people = FigureField(help_text="The most people here at once.")


class PeaksSerializer(serializers.Serializer[Any]):
    """The most people here at once; null if there is no sample."""

    today = FigureField(help_text="The day so far, in the site's time zone.")
    last_7_days = FigureField()
    last_30_days = FigureField()


class HistorySerializer(serializers.Serializer[Any]):
    """The time series, from old to new, without gaps, and the peaks."""

    hours = serializers.IntegerField(min_value=1, max_value=MAX_HOURS)
    step_minutes = serializers.IntegerField(min_value=1)
    points = PointSerializer(many=True)
    peaks = PeaksSerializer(help_text="Peaks up to now, whatever `until` is.")
