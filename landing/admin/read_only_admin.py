"""The base class of the app's read-only lists in the admin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.admin.utils import model_ngettext
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from .changelist import CappedPaginator, QuickChangeList

#: Maximum fields of the confirmation form that are not primary keys.
OTHER_FIELDS = 100
#: Entries of the log in one SQL statement.
BATCH_ENTRIES = 500


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at run time
    """A read-only list that stays fast with millions of rows.

    Deleted rows leave no copy in the log, because a visitor may have asked to be forgotten.
    """

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each facet would count the whole table

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[QuickChangeList]:
        return QuickChangeList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(permissions=["delete"], description="Delete selected %(verbose_name_plural)s")
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Delete up to as many rows as the list has pages for.

        Django's action holds every row in memory. Its confirmation page sends each primary key
        as a field, so ``DATA_UPLOAD_MAX_NUMBER_FIELDS`` limits the rows too.
        """
        most = self.paginator.most_rows
        if settings.DATA_UPLOAD_MAX_NUMBER_FIELDS is not None:
            most = min(most, settings.DATA_UPLOAD_MAX_NUMBER_FIELDS - OTHER_FIELDS)
        if queryset[: most + 1].count() > most:
            message = f"Can't delete more than {most:,} rows at once. Select fewer."
            self.message_user(request, message, messages.ERROR)
            return None
        return delete_selected(self, request, queryset)

    def log_rows(self, request: HttpRequest, ids: Iterable[int], flag: int, message: str) -> None:
        """Log one entry per row, with its number instead of its text."""
        content_type = ContentType.objects.get_for_model(self.model)
        entries = (
            LogEntry(
                user_id=str(request.user.pk),
                content_type=content_type,
                object_id=str(id),
                object_repr=f"{self.opts.verbose_name} {id}",
                action_flag=flag,
                change_message=message,
            )
            for id in ids
        )
        LogEntry.objects.bulk_create(entries, batch_size=BATCH_ENTRIES)

    def log_deletions(
        self, request: HttpRequest, queryset: Sequence[Any] | QuerySet[Any]
    ) -> list[LogEntry]:
        """Log one entry with the count. Django's default would keep a text of each row."""
        rows = len(queryset)
        entry = LogEntry(
            user_id=str(request.user.pk),
            content_type=ContentType.objects.get_for_model(self.model),
            object_repr=f"{rows} {model_ngettext(self.opts, rows)}",
            action_flag=DELETION,
        )
        entry.save()
        return [entry]
