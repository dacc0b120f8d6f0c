"""Limit the times in forms to those that every database and time zone can store and show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest

FIRST_YEAR, LAST_YEAR = 1971, 2999


class TimeLimits:
    """Add the limit to each field for a time. For a model admin."""

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
