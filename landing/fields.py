"""The column types of this app. Migrations name them: they stay where they are."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from landing.identity import VISITOR_BYTES


class VisitorField(models.BinaryField):  # type: ignore[type-arg]  # takes none at run time
    """16 bytes, and bytes when read, whatever the database's driver returns."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": VISITOR_BYTES, **options})

    def from_db_value(
        self, value: Any, expression: object, connection: BaseDatabaseWrapper
    ) -> bytes | None:
        return None if value is None else bytes(value)
