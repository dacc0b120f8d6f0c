"""The model admin of activities.

Staff publish activities, hide them, show them again, and delete them, but never edit them: a
text that people have seen does not change afterwards.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from ...activity import moderation
from ...activity.kinds import KINDS
from ...models import Activity
from ..site_time import DATE_AND_SECONDS, time_field
from . import search
from .hiding import HidingAdmin
from .publishing import PublishingAdmin


class KindFilter(admin.SimpleListFilter):
    """Filter by registered kinds. Listing the stored kinds would scan the whole table."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(slug, str(kind.name)) for slug, kind in KINDS.items()]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Activity]
    ) -> QuerySet[Activity] | None:
        return queryset.filter(kind=self.value()) if self.value() else None


class ActivityAdmin(PublishingAdmin, HidingAdmin):
    """Activities, newest first."""

    list_display = ("at", "kind", "actor", "text", "is_visible", "reach", "skipped")
    list_filter = (KindFilter, "is_hidden", "reach", "created_at")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    sortable_by = ("at",)
    search_fields = ("actor", "text", "external_id")
    search_help_text = search.HELP
    actions = ("hide", "show", "delete_selected")
    fields = (
        "at",
        "kind",
        "actor",
        "text",
        "data",
        "external_id",
        "is_visible",
        "reach",
        "decided",
        "skipped",
    )
    readonly_fields = fields

    at = time_field("created_at", "Time", DATE_AND_SECONDS)
    decided = time_field("decided_at", "Processed at", DATE_AND_SECONDS)

    class Media:
        css = {"all": ("live_user_counter/admin/tools.css",)}  # noqa: RUF012

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Activity], search_term: str
    ) -> tuple[QuerySet[Activity], bool]:
        return search.find(queryset, search_term.strip()), False

    @admin.display(description="Visible", boolean=True)
    def is_visible(self, row: Activity) -> bool:
        return not row.is_hidden

    def delete_model(self, request: HttpRequest, obj: Activity) -> None:
        moderation.withdraw([obj.pk])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Activity]) -> None:
        with transaction.atomic(using=queryset.db):
            moderation.withdraw(queryset.values_list("pk", flat=True))
            super().delete_queryset(request, queryset)
