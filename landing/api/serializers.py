"""The shapes of the REST API, as programs see them in the schema."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from landing.live.messages import Source


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
