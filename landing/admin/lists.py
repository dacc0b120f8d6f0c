"""How every list of the app in the admin behaves."""

from __future__ import annotations

from collections.abc import Sequence
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

#: Of a form that deletes: at most so many are no keys.
OTHER_FIELDS = 100


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at run time
    """A list that is quick on millions of rows, and nothing to fill in.

    What is deleted leaves nothing behind: somebody may have asked to be forgotten.
    """

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count the whole table

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[QuickChangeList]:
        return QuickChangeList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(permissions=["delete"], description="Delete selected %(verbose_name_plural)s")
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Django's own, which holds every row in memory: only as many as have pages.

        And as can be confirmed: the page that asks sends the key of each as a field.
        """
        most = self.paginator.most_rows
        if settings.DATA_UPLOAD_MAX_NUMBER_FIELDS is not None:
            most = min(most, settings.DATA_UPLOAD_MAX_NUMBER_FIELDS - OTHER_FIELDS)
        if queryset[: most + 1].count() > most:
            told = f"These are more than {most:,} rows, too many to delete at once: choose fewer."
            self.message_user(request, told, messages.ERROR)
            return None
        return delete_selected(self, request, queryset)

    def log_deletions(
        self, request: HttpRequest, queryset: Sequence[Any] | QuerySet[Any]
    ) -> list[LogEntry]:
        """One entry that says how many; the default keeps a line of each row."""
        rows = len(queryset)
        entry = LogEntry(
            user_id=str(request.user.pk),
            content_type=ContentType.objects.get_for_model(self.model),
            object_repr=f"{rows} {model_ngettext(self.opts, rows)}",
            action_flag=DELETION,
        )
        entry.save()
        return [entry]
