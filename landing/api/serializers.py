"""The shapes of the REST API, as programs see them in the schema."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils import timezone
from rest_framework import serializers

from ..analytics.history import MAX_HOURS, MAX_POINTS
from ..dates import EPOCH
from ..live.frames import Source


class FigureField(serializers.IntegerField):
    """A whole number of at least 0; null stands for one that is not known."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, allow_null=True, **options)


class OnlineSerializer(serializers.Serializer[dict[str, Any]]):
    """Who is connected now, or was a moment ago."""

    people = FigureField(help_text="Each person once, whatever the number of tabs and devices.")
    connections = FigureField(help_text="Open WebSockets.")
    signed_in = FigureField(help_text="The people who are signed in.")
    anonymous = FigureField(help_text="The people who are not.")


class TodaySerializer(serializers.Serializer[dict[str, Any]]):
    """The day so far, in the site's time zone."""

    visitors = FigureField(help_text="Distinct visitors with at least one row.")
    page_views = FigureField(help_text="Pages that were shown.")
    peak_people = FigureField(help_text="The highest number of people seen at one time.")


# For the schema only. To fill it in would be half of the view's work, and change nothing.
class StatsSerializer(serializers.Serializer[dict[str, Any]]):
    """Every number of one moment, the same on all screens."""

    active_users_now = FigureField(
        help_text="Distinct visitors of the last `window_minutes`, never fewer than the people."
    )
    window_minutes = serializers.IntegerField(min_value=1)
    online = OnlineSerializer()
    today = TodaySerializer()
    source = serializers.ChoiceField(  # type: ignore[assignment]  # DRF moves it off the class
        choices=[
            (Source.LIVE.value, "read now"),
            (Source.STALE.value, "the last real value, true at `as_of`"),
            (Source.SIMULATED.value, "made up, only where the operator switched that on"),
        ],
        help_text="Where the numbers come from.",
    )
    as_of = serializers.DateTimeField(
        allow_null=True, help_text="When the numbers online were true; null if never known."
    )
    version = serializers.IntegerField(
        min_value=0,
        max_value=2**53 - 1,  # what JavaScript counts exactly; beyond 32 bits already
        help_text="Rises with each change and never goes back; 0 if never known.",
    )


class WholeNumberField(serializers.IntegerField):
    """Written as people write one: no point, exponent, blank, underscore or other digits."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": "Give a whole number."}

    def to_internal_value(self, data: Any) -> int:
        if not re.fullmatch("-?[0-9]+", data):
            self.fail("invalid")
        return super().to_internal_value(data)


class PastMomentField(serializers.DateTimeField):
    """A moment that is over, with its time zone said."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": "Give a moment with its time zone, as 2026-01-31T12:00:00Z.",
        "future": "This is in the future.",
        "too_early": "This is before 1970.",
    }

    def to_internal_value(self, value: Any) -> datetime:
        # Python also reads other digits, and overlooks a NUL at the end.
        if not isinstance(value, str) or not re.fullmatch("[0-9TZ:.+-]+", value):
            self.fail("invalid")
        moment = super().to_internal_value(value)
        if moment > timezone.now():
            self.fail("future")
        if moment < EPOCH:
            self.fail("too_early")
        return moment

    def enforce_timezone(self, value: datetime) -> datetime:
        if timezone.is_naive(value):
            self.fail("invalid")
        return super().enforce_timezone(value)


class QuerySerializer(serializers.Serializer[dict[str, Any]]):
    """Parameters of an address; those that it does not know are ignored."""

    def to_internal_value(self, data: QueryDict) -> Any:
        """Of a field that is given twice, none is the right one."""
        twice = [name for name in self.fields.keys() if len(data.getlist(name)) > 1]
        if twice:
            raise serializers.ValidationError({name: ["Give this once."] for name in twice})
        return super().to_internal_value(data.dict())


class HistoryQuerySerializer(QuerySerializer):
    """Which part of the history, in how many points."""

    hours = WholeNumberField(
        min_value=1, max_value=MAX_HOURS, default=24, help_text="How long a time, up to `until`."
    )
    limit = WholeNumberField(
        min_value=1,
        max_value=MAX_POINTS,
        default=MAX_POINTS,
        help_text="At most so many points, each the mean of its samples.",
    )
    until = PastMomentField(
        required=False, help_text="The moment of the last point; now, unless given."
    )


class PointSerializer(serializers.Serializer[Any]):
    """The means of the samples of one step; all null where nobody has sampled."""

    at = serializers.DateTimeField(default_timezone=UTC, help_text="Where the step begins.")
    people = FigureField()
    connections = FigureField()
    active_users_now = FigureField(source="active")
    peak_people = FigureField(help_text="The most people seen at one time.")


class PeaksSerializer(serializers.Serializer[Any]):
    """The most people seen at one time; null if nobody has looked."""

    today = FigureField(help_text="Of the day so far, in the site's time zone.")
    last_7_days = FigureField()
    last_30_days = FigureField()


class HistorySerializer(serializers.Serializer[Any]):
    """How many were here, from old to new, in steps without a gap."""

    hours = serializers.IntegerField(min_value=1, max_value=MAX_HOURS)
    step_minutes = serializers.IntegerField(min_value=1)
    points = PointSerializer(many=True)
    peaks = PeaksSerializer(help_text="Up to now, whatever `until` is.")
