"""The columns with the key of a user, of any user model, or of none.

The tables of the app may be in another database than the users.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import migrations, models, router
from django.db.models.deletion import Collector

from ..visitors.session_user import has_user_model

M = TypeVar("M", bound=models.Model)


def _clear(collector: Collector, field: Any, rows: Any, using: str) -> None:
    """Clear the column of the users that a collector deletes, in the database of the column."""
    # Django calls this before the deletion, and also to ask for confirmation.
    own = rows.using(router.db_for_write(field.model))
    collector.add_field_update(field, None, own)


# Django then does not query the rows in the database of the users.
_clear.lazy_sub_objs = True  # type: ignore[attr-defined]


class UserKey(models.ForeignKey):  # type: ignore[type-arg]  # takes none at run time
    """The key of a user, without a constraint. Deleting the user clears it."""

    def __init__(self, to: Any, **options: Any) -> None:
        options |= {"null": True, "blank": True, "db_constraint": False, "related_name": "+"}
        super().__init__(to, **{**options, "on_delete": _clear})

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """Appear as Django's field in migrations: the column is the same."""
        name, _, arguments, options = super().deconstruct()
        kept = {**options, "on_delete": models.SET_NULL}
        return name, "django.db.models.ForeignKey", arguments, kept


class NoUserKey(models.BigIntegerField):  # type: ignore[type-arg]  # takes none at run time
    """The same column in a project without users. It stays empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "null": True, "blank": True})

    def get_attname(self) -> str:
        """Return the name of a foreign key's column."""
        return f"{self.name}_id"


def user_key(**options: Any) -> models.Field[Any, Any]:
    """Return the column, for a model and for its migration."""
    if has_user_model():
        return UserKey(settings.AUTH_USER_MODEL, **options)
    options.pop("db_index", None)
    return NoUserKey(**options)


def dependencies() -> list[Any]:
    """Return the migration that creates the users, if the project has any."""
    if not has_user_model():
        return []
    return [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]


def with_user(rows: models.QuerySet[M], column: str) -> models.QuerySet[M]:
    """Return the rows with their users, from one query, or from two of two databases."""
    joined = joins(rows.model, column)
    return rows.select_related(*joined) if joined else rows.prefetch_related(column)


def joins(table: type[models.Model], column: str) -> tuple[str, ...]:
    """Return the column if one query can read the users too; nothing if they are elsewhere."""
    is_near = router.db_for_read(get_user_model()) == router.db_for_read(table)
    return (column,) if is_near else ()
