"""Fields for times in forms: the labels of their two inputs, and the years that they accept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest

#: Every database and time zone can store and show the times of these years.
FIRST_YEAR, LAST_YEAR = 1971, 2999


class LabeledSplitDateTime(AdminSplitDateTime):
    """A date and a time. Django's own widget has no label for the two inputs."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        for widget, label in zip(self.widgets, ("Date", "Time"), strict=True):
            widget.attrs["aria-label"] = label


class TimeFields:
    """Give each field for a time the labels and the limits. For a model admin."""

    formfield_overrides: Any = {models.DateTimeField: {"widget": LabeledSplitDateTime}}  # noqa: RUF012

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None and isinstance(db_field, models.DateTimeField):
            field.validators = [*field.validators, validate_year]
        return field


def validate_year(moment: datetime) -> None:
    """Raise ValidationError for a year that is probably mistyped."""
    # A time at the end of the calendar overflows in another time zone, and its list with it.
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValidationError(f"Enter a year from {FIRST_YEAR} to {LAST_YEAR}.")
